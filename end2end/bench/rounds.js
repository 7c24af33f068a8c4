// Runs two sides in turn, so that whatever else the machine does meets both, and the small sums that are made of their figures.

/** `rounds` times each of `runs`, the order changing with every round. Gives the answers of each. */
export async function alternate(rounds, runs) {
  const names = Object.keys(runs);
  const answers = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 ? [...names].reverse() : names) answers[name].push(await runs[name]());
    process.stderr.write('.');
  }
  process.stderr.write('\n');
  return answers;
}

/** The value at a share (0 to 1) of the sorted values, between two where it falls there. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)];
  return below + (sorted[Math.ceil(at)] - below) * (at - Math.floor(at));
}

export const median = (values) => quantile(values, 0.5);

/** The slope of the straight line nearest to `[x, y]` points (least squares). */
export function slope(points) {
  const mean = (at) => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const above = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return above / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}
