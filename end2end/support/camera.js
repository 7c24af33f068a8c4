// Draws what the fake cameras see, as raw YUV4MPEG2 (4:2:0), which Chromium plays in a loop; no program is needed for it.
// For stories a plain colour with a bright bar that moves: it tells whose it is and whether it lives. For pictures a view.
import { closeSync, openSync, writeSync } from 'node:fs';

const BAR = 32;

const PLAIN = { red: [214, 32, 40], green: [24, 160, 60], blue: [30, 50, 214] };
/** Sky above, sky below, sun, far ridge, near ridge, ground. */
const VIEWS = {
  day: [[92, 178, 222], [214, 238, 244], [255, 244, 204], [132, 164, 186], [92, 136, 132], [172, 176, 96]],
  dusk: [[54, 60, 122], [248, 172, 116], [255, 226, 150], [112, 84, 128], [74, 58, 96], [96, 76, 72]],
};

/** Writes a camera's picture to `path`, to be played in a loop: `red`, `green`, `blue` (640×360), `day` or `dusk` (1280×720, or `size`). */
export function drawCamera(path, name, size = { width: 1280, height: 720 }) {
  if (name in VIEWS) return film(path, { ...size, frames: 10 }, view(VIEWS[name]));
  return film(path, { width: 640, height: 360, frames: 20 }, (x, _y, at, { width }) => {
    const left = at * (width - BAR);
    return x >= left && x < left + BAR ? [245, 245, 245] : PLAIN[name];
  });
}

/** A steppe with two ridges, a sun and a yurt. */
function view([above, below, sun, far, near, ground]) {
  const mix = (a, b, share) => a.map((part, i) => part + (b[i] - part) * share);
  return (x, y, at, { width, height }) => {
    const [u, v] = [x / width, y / height];
    const yurt = inYurt((u - 0.62) * (width / height), v - 0.74);
    if (yurt) return mix(yurt, below, 0.12);
    if (v > 0.74 + 0.02 * Math.sin(u * 5)) return mix(ground, near, 0.25 + 0.3 * Math.sin(u * 40 + v * 90) * (v - 0.7));
    if (v > 0.62 + 0.05 * Math.sin(u * 7 + 2) + 0.02 * Math.sin(u * 19)) return near;
    if (v > 0.5 + 0.09 * Math.sin(u * 4.3 + 0.6) + 0.03 * Math.sin(u * 13)) return mix(far, below, 0.15);
    const glow = Math.hypot((u - 0.3) * (width / height), v - 0.26);
    if (glow < 0.07) return sun;
    const sky = mix(mix(above, below, v / 0.6), sun, Math.max(0, 0.5 - glow * (1.6 + 0.1 * Math.sin(at * 2 * Math.PI))));
    return sky;
  };
}

function inYurt(x, y) {
  const felt = [240, 236, 226];
  if (Math.abs(x) < 0.028 && y < 0.02 && y > -0.075) return [168, 62, 48];
  if (Math.abs(x) < 0.13 && y < 0.02 && y > -0.09) return Math.abs(y + 0.082) < 0.008 ? [186, 84, 58] : felt;
  if (y <= -0.09 && y > -0.17 && Math.abs(x) < 0.13 - 0.095 * ((-0.09 - y) / 0.08) ** 1.5) return [226, 220, 208];
  return undefined;
}

function film(path, { width, height, frames }, colour) {
  const file = openSync(path, 'w');
  writeSync(file, `YUV4MPEG2 W${width} H${height} F20:1 Ip A1:1 C420jpeg\n`);
  const luma = Buffer.alloc(width * height);
  const chroma = Buffer.alloc((width * height) / 2);
  for (let frame = 0; frame < frames; frame += 1) {
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const [r, g, b] = colour(x, y, frame / frames, { width, height });
        luma[y * width + x] = 0.299 * r + 0.587 * g + 0.114 * b;
        if (x % 2 || y % 2) continue;
        const at = (y / 2) * (width / 2) + x / 2;
        chroma[at] = 128 - 0.169 * r - 0.331 * g + 0.5 * b;
        chroma[luma.length / 4 + at] = 128 + 0.5 * r - 0.419 * g - 0.081 * b;
      }
    }
    writeSync(file, 'FRAME\n');
    writeSync(file, luma);
    writeSync(file, chroma);
  }
  closeSync(file);
}
