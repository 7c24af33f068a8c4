// Makes of a row's figures a verdict, and of all rows a table to read.
import { median, quantile } from './rounds.js';

/** A row with its medians, quartiles and verdict. A row with a peer is judged by the ratio to it, another by its own figure. */
export function judge(row) {
  const ours = sum(row.ours);
  const peer = row.peer && sum(row.peer);
  const ratio = peer && ours.median / peer.median;
  return { ...row, ours: { ...ours, all: row.ours }, ...(peer ? { peer: { ...peer, all: row.peer }, ratio } : {}), verdict: verdict(ratio ?? ours.median, row) };
}

const sum = (values) => ({ median: median(values), quartiles: [quantile(values, 0.25), quantile(values, 0.75)] });

function verdict(value, { bar, aim }) {
  if (bar === undefined) return '';
  if (value > bar) return 'NOT MET';
  if (aim === undefined) return 'met';
  return value <= aim ? 'aim met' : 'bar met';
}

/** All rows under each other. */
export function table(rows) {
  const lines = [['', 'ours', 'peer', 'ratio', 'bar', 'aim', 'growth', '']];
  for (const { what, unit, ours, peer, ratio, bar, aim, growth, verdict: word, failed } of rows) {
    if (failed) {
      lines.push([what, '', '', '', '', '', '', 'MEASURING FAILED']);
      continue;
    }
    const limit = (value) => (value === undefined ? '' : `${number(value)}${peer ? '×' : unit && ` ${unit}`}`);
    lines.push([what, figure(ours, unit), peer ? figure(peer, unit) : '', ratio ? `${ratio.toFixed(2)}×` : '', limit(bar), limit(aim), growth === undefined ? '' : `${growth < 0 ? '' : '+'}${number(growth)}${unit && ` ${unit}`}/h`, word]);
  }
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  // A column that nobody needs is left out.
  const needed = widths.map((width, column) => column === 0 || lines.slice(1).some((line) => line[column] !== ''));
  const pad = (cell, column) => (column === 0 || column === 7 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]));
  return lines.map((line) => line.map(pad).filter((_, column) => needed[column]).join('  ').trimEnd()).join('\n');
}

/** The median, and where the middle half of several values lies. */
function figure({ median: middle, quartiles, all }, unit) {
  const spread = all.length > 1 ? ` (${quartiles.map(number).join('–')})` : '';
  return `${number(middle)}${spread}${unit && ` ${unit}`}`;
}

const number = (value) => String(Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100);
