'use strict';

// Makes the trace and the picture of docs/observing.md: node ci/docs/trace-picture.js
// Or the picture of another trace: node ci/docs/trace-picture.js TRACE.json PICTURE.svg

const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const folder = join(__dirname, '..', '..', 'docs', 'observing');

const width = 960;
const labels = 130;
const rowHeight = 26;
const top = 20;

/** A pool at work for a short time, with all that a trace can show. */
async function makeTrace () {
  const { Piscina } = require('../..');
  const pool = new Piscina({ filename: join(folder, 'tasks.js'), minThreads: 2, maxThreads: 2 });
  const sleep = (/** @type {number} */ milliseconds) =>
    new Promise((resolve) => { setTimeout(resolve, milliseconds); });
  // The kernel threads are there before the trace begins; starting the workers is shown.
  await pool.kernel('blake3', new Uint8Array(1));
  const trace = pool.trace();
  const controller = new AbortController();
  const tasks = Array.from({ length: 14 }, (_, n) => pool.run(4 + ((n * 7) % 11), { name: 'resize' }));
  await Promise.all(tasks);
  const endless = pool.run(null, { name: 'endless', signal: controller.signal });
  const more = Array.from({ length: 5 }, (_, n) => pool.run(5 + n * 3, { name: 'render' }));
  const failed = pool.run(3, { name: 'fail' });
  const kernel = pool.kernel('blake3', new Uint8Array(192 << 20));
  await sleep(60);
  controller.abort();
  await Promise.allSettled([endless, failed, kernel, ...more]);
  await Promise.all(Array.from({ length: 6 }, (_, n) => pool.run(6 + n, { name: 'resize' })));
  const file = await trace.stop();
  await pool.close();
  return file;
}

/** @param {string} text */
const escape = (text) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);

/** The kind of a slice, which is its colour. */
const kindOf = (/** @type {import('../../index').TraceEvent} */ { name, args }, /** @type {string} */ row) => {
  if (row.startsWith('kernel')) return 'kernel';
  if (name === 'start') return 'boot';
  return args?.outcome === 'succeeded' ? 'run' : 'bad';
};

/**
 * A trace as an SVG that can be read on light and on dark.
 *
 * @param {import('../../index').TraceFile} trace
 */
function draw ({ traceEvents }) {
  const events = traceEvents.filter(({ ph }) => ph !== 'M');
  const from = Math.min(...events.map(({ ts }) => ts));
  const to = Math.max(...events.map(({ ts, dur = 0 }) => ts + dur));
  const x = (/** @type {number} */ ts) => labels + ((ts - from) / (to - from)) * (width - labels - 10);
  const named = traceEvents.filter(({ ph, name }) => ph === 'M' && name === 'thread_name');
  const rows = new Map(named.map(({ tid, args }) => [tid, /** @type {string} */ (args.name)]));
  /** @type {string[]} */
  const shapes = [];
  const text = (/** @type {number} */ at, /** @type {number} */ y, /** @type {string} */ what, more = '') =>
    shapes.push(`<text x="${at.toFixed(1)}" y="${y.toFixed(1)}"${more}>${escape(what)}</text>`);

  // The waiting tasks as a curve, then a row for each thread.
  const counters = events.filter(({ ph }) => ph === 'C');
  const most = Math.max(1, ...counters.map(({ args }) => args.waiting));
  const height = 46;
  const level = (/** @type {number} */ waiting) => top + height - (waiting / most) * (height - 8);
  let path = `M${labels} ${level(0)}`;
  for (const { ts, args } of counters) path += `H${x(ts).toFixed(1)}V${level(args.waiting).toFixed(1)}`;
  shapes.push(`<path class="wait" d="${path}H${width - 10}V${level(0)}Z"/>`);
  text(8, top + height - 14, 'waiting tasks');
  text(labels - 6, top + 14, `${most}`, ' class="soft" text-anchor="end"');

  let y = top + height + 10;
  for (const [tid, row] of rows) {
    if (!events.some((event) => event.tid === tid && 'Xi'.includes(event.ph))) continue;
    text(8, y + 17, row);
    shapes.push(`<path class="line" d="M${labels} ${y + rowHeight}H${width - 10}"/>`);
    for (const event of events) {
      if (event.tid !== tid) continue;
      const { ph, name, ts, dur = 0 } = event;
      if (ph === 'X') {
        const size = Math.max(x(ts + dur) - x(ts), 0.6);
        const title = `<title>${escape(`${name}, ${(dur / 1e3).toFixed(2)} ms`)}</title>`;
        shapes.push(`<rect class="${kindOf(event, row)}" x="${x(ts).toFixed(1)}" y="${y + 4}" width="${size.toFixed(1)}" height="${rowHeight - 8}" rx="2">${title}</rect>`);
        if (size > name.length * 6.2 + 4) text(x(ts) + 4, y + 17, name, ' class="on"');
      } else if (ph === 'i') {
        const at = x(ts).toFixed(1);
        shapes.push(`<path class="mark" d="M${at} ${y + 1}l4 6h-8z"><title>${escape(name)}</title></path>`);
      }
    }
    y += rowHeight;
  }
  for (let share = 0; share <= 4; share++) {
    const ts = from + ((to - from) * share) / 4;
    text(x(ts), y + 16, `${((ts - from) / 1e3).toFixed(0)} ms`, ` class="soft" text-anchor="${share === 4 ? 'end' : 'middle'}"`);
  }
  const legend = [['run', 'runs'], ['bad', 'failed or aborted'], ['boot', 'starts'], ['kernel', 'step of a kernel']];
  legend.forEach(([kind, what], index) => {
    shapes.push(`<rect class="${kind}" x="${labels + index * 150}" y="${y + 30}" width="12" height="12" rx="2"/>`);
    text(labels + index * 150 + 18, y + 40, what);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 54}" font-family="system-ui, sans-serif" font-size="11">
<style>
svg { background: #fff } text { fill: #1f2328 } .soft { fill: #59636e } .on { fill: #fff } .line { stroke: #d1d9e0 }
.run { fill: #0969da } .bad { fill: #cf222e } .boot { fill: #6e7781 } .kernel { fill: #1a7f37 } .wait { fill: #bf8700; fill-opacity: .55 } .mark { fill: #cf222e }
@media (prefers-color-scheme: dark) {
svg { background: #0d1117 } text { fill: #e6edf3 } .soft { fill: #9198a1 } .on { fill: #fff } .line { stroke: #3d444d }
.run { fill: #1f6feb } .bad { fill: #da3633 } .kernel { fill: #238636 } .wait { fill: #d29922 } .mark { fill: #ff7b72 }
}
</style>
${shapes.join('\n')}
</svg>
`;
}

async function main () {
  const [given, to = join(folder, 'trace.svg')] = process.argv.slice(2);
  const trace = given === undefined ? await makeTrace() : JSON.parse(readFileSync(given, 'utf8'));
  if (given === undefined) {
    // The author's paths are of no interest to others.
    const text = JSON.stringify(trace).replaceAll(JSON.stringify(folder).slice(1, -1), '/app');
    writeFileSync(join(folder, 'trace.json'), text.replaceAll('},{', '},\n{') + '\n');
  }
  writeFileSync(to, draw(trace));
}

if (require.main === module) main();

module.exports = { draw };
