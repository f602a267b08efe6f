'use strict';

const { strictEqual } = require('node:assert');
const { createRequire } = require('node:module');
const { join, sep } = require('node:path');

const { root } = require('../outside');
const { describeMachine } = require('./machine');

const filename = join(root, 'lib', 'cli', 'worker.js');

/**
 * A pool of piscina's kind.
 *
 * @typedef {{ run (task: any, options?: object): Promise<any>, destroy (): Promise<void> }} Pool
 * @typedef {new (options: object) => Pool} PoolClass
 * @typedef {{ name: string, version: string, Pool: PoolClass }} Contestant
 *
 * @typedef {object} Scenario
 * @property {string} title
 * @property {string} unit
 * @property {boolean} moreIsBetter
 * @property {(pool: Pool, scale: number) => Promise<number>} measure
 */

/**
 * @param {number} count
 * @param {(n: number) => Promise<any>} run
 * @returns {Promise<number>} a second's worth
 */
async function rate (count, run) {
  const start = performance.now();
  const results = await Promise.all(Array.from({ length: count }, (_, n) => run(n)));
  const seconds = (performance.now() - start) / 1e3;
  strictEqual(results.length, count);
  return count / seconds;
}

/** @param {number[]} values */
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** @type {Scenario[]} */
const scenarios = [
  {
    title: '10,000 small tasks at once',
    unit: 'tasks/s',
    moreIsBetter: true,
    measure: (pool, scale) => rate(10_000 * scale, async (n) => strictEqual(await pool.run({ a: n, b: 1 }), n + 1))
  },
  {
    title: 'one small task at a time, median',
    unit: 'us',
    moreIsBetter: false,
    async measure (pool, scale) {
      const times = [];
      for (let n = 0; n < 2_000 * scale; n++) {
        const start = performance.now();
        strictEqual(await pool.run({ a: n, b: 1 }), n + 1);
        times.push((performance.now() - start) * 1e3);
      }
      return median(times);
    }
  },
  {
    title: '200 objects with 10 KB of text there and back',
    unit: 'tasks/s',
    moreIsBetter: true,
    measure: (pool, scale) => {
      const value = { text: 'x'.repeat(10_000), list: Array.from({ length: 50 }, (_, n) => ({ n })) };
      return rate(200 * scale, async () => strictEqual((await pool.run(value, { name: 'echo' })).list.length, 50));
    }
  },
  {
    title: '1,000 tasks of 100 us',
    unit: 'tasks/s',
    moreIsBetter: true,
    measure: (pool, scale) => rate(1_000 * scale, async () => strictEqual(await pool.run(0.1, { name: 'busy' }), 0.1))
  },
  {
    title: '100 tasks of 5 ms',
    unit: 'tasks/s',
    moreIsBetter: true,
    measure: (pool, scale) => rate(Math.ceil(100 * scale), async () => strictEqual(await pool.run(5, { name: 'busy' }), 5))
  },
  {
    title: '64 times 1 MiB by transfer',
    unit: 'tasks/s',
    moreIsBetter: true,
    measure: (pool, scale) => {
      const buffers = Array.from({ length: Math.ceil(64 * scale) }, () => new Uint8Array(1 << 20));
      return rate(buffers.length, async (n) => {
        const { buffer } = buffers[n];
        strictEqual(await pool.run(buffers[n], { name: 'size', transferList: [buffer] }), 1 << 20);
      });
    }
  }
];

/**
 * The piscina of the project in a folder, or in one above it.
 *
 * @param {string} folder
 * @returns {Contestant | null} null: it has none.
 */
function findPiscina (folder) {
  const find = createRequire(join(folder, 'package.json'));
  try {
    const found = find('piscina');
    // Its package.json is no export of it.
    const path = find.resolve('piscina');
    const place = path.lastIndexOf(join('node_modules', 'piscina') + sep);
    const { version, name } = find(join(path.slice(0, place), 'node_modules', 'piscina', 'package.json'));
    // An override puts rockpool in its place.
    return name === 'piscina' ? { name, version, Pool: found.Piscina ?? found } : null;
  } catch {
    return null;
  }
}

/** Shows the progress: on a terminal in one line that changes, otherwise in separate lines. */
class Progress {
  /** @param {NodeJS.WriteStream} stream */
  constructor (stream) {
    this.stream = stream;
  }

  /** @param {string} text */
  say (text) {
    if (this.stream.isTTY) this.stream.write(`\r\x1b[2K${text}`);
    else this.stream.write(`${text}\n`);
  }

  end () {
    if (this.stream.isTTY) this.stream.write('\r\x1b[2K');
  }
}

/**
 * @param {Contestant[]} contestants who take turns
 * @param {{ rounds: number, scale: number, seconds: number }} size
 * @param {Progress} progress
 */
async function compare (contestants, { rounds, scale, seconds }, progress) {
  const until = performance.now() + seconds * 1e3;
  const pools = contestants.map(({ Pool }) => new Pool({ filename, minThreads: 1, maxThreads: 1 }));
  const rows = [];
  try {
    for (const [index, scenario] of scenarios.entries()) {
      /** @type {number[][]} */
      const samples = contestants.map(() => []);
      // The first round warms up. The remaining rounds share the remaining time.
      const share = (until - performance.now()) / (scenarios.length - index);
      const limit = performance.now() + share;
      for (let round = 0; round <= rounds && (round < 2 || performance.now() < limit); round++) {
        for (const [at, { name }] of contestants.entries()) {
          progress.say(`${index + 1}/${scenarios.length} ${scenario.title}: ${name}, round ${round + 1}`);
          const sample = await scenario.measure(pools[at], scale);
          if (round > 0) samples[at].push(sample);
        }
      }
      const { title, unit, moreIsBetter } = scenario;
      rows.push({ title, unit, moreIsBetter, rounds: samples[0].length, values: samples.map(median) });
    }
  } finally {
    progress.end();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
  return rows;
}

/**
 * How many times better the first is.
 *
 * @param {{ moreIsBetter: boolean, values: number[] }} row
 * @returns {number | null}
 */
function ratioOf ({ moreIsBetter, values: [ours, theirs] }) {
  if (theirs === undefined) return null;
  return moreIsBetter ? ours / theirs : theirs / ours;
}

/**
 * How many rounds were measured: fewer where the time was up.
 *
 * @param {{ rounds: number }[]} rows
 */
function describeRounds (rows) {
  const counts = rows.map(({ rounds }) => rounds);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  if (fewest < most) return `medians of ${fewest} to ${most} rounds`;
  return most === 1 ? 'one round' : `medians of ${most} rounds`;
}

/** @param {number} value */
const show = (value) => value >= 1_000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);

/** @param {string[][]} lines the first is the head; the first column is text */
function table (lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => line.map((cell, column) =>
    column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])).join('  ').trimEnd()).join('\n');
}

/**
 * The command `rockpool bench`.
 *
 * @param {{ json?: boolean, quick?: boolean }} options
 * @returns {Promise<number>} the exit code
 */
async function bench ({ json = false, quick = false }) {
  let Piscina;
  try {
    Piscina = /** @type {any} */ (require('../piscina'));
  } catch (error) {
    process.stderr.write(`rockpool: ${/** @type {Error} */ (error).message}\n\n"rockpool doctor" tells more.\n`);
    return 1;
  }
  const theirs = findPiscina(process.cwd());
  const contestants = [{ name: 'rockpool', version: Piscina.version, Pool: Piscina }, ...theirs === null ? [] : [theirs]];
  const size = quick ? { rounds: 1, scale: 0.05, seconds: 10 } : { rounds: 9, scale: 1, seconds: 40 };
  // With --json, stdout is for a program: text for people goes to stderr.
  const rows = await compare(contestants, size, new Progress(process.stderr));
  const { processor, node } = describeMachine();
  if (json) {
    const names = contestants.map(({ name, version }) => ({ name, version }));
    const results = rows.map((row) => ({ ...row, ratio: ratioOf(row) }));
    console.log(JSON.stringify({ processor, node: node.version, contestants: names, results }, null, 2));
    return 0;
  }
  const heads = contestants.map(({ name, version }) => `${name} ${version}`);
  console.log(table([
    ['', 'unit', ...heads, ...theirs === null ? [] : ['better by']],
    ...rows.map((row) => {
      const ratio = ratioOf(row);
      return [row.title, row.unit, ...row.values.map(show), ...ratio === null ? [] : [`${ratio.toPrecision(3)} x`]];
    })
  ]));
  console.log(`\nOne worker each, ${describeRounds(rows)} in turn; Node ${node.version}, ${processor.model}, ` +
    `${processor.cores} cores.`);
  if (theirs === null) console.log('This project has no piscina: install it here to compare (npm install --no-save piscina).');
  return 0;
}

module.exports = { bench };
