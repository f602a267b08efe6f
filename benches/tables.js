'use strict';

// Writes tables of measured results into README.md and docs/performance.md, between their markers.
//
//   node benches/tables.js NAME     from benches/results/NAME.json; the pages name it from then on
//   node benches/tables.js          from the results that the pages name
//   node benches/tables.js --check  writes nothing, fails when a page does not show those results
//   node benches/tables.js NAME --print   only shows the tables

const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { bestPeer, medianOf, number } = require('./harness/report');
const { readResults } = require('./harness/results');
const { scenariosNamed } = require('./scenarios');

/** @typedef {import('./harness/results').Results} Results */

const pages = ['README.md', path.join('docs', 'performance.md')];
const section = /<!-- (headline|results|kernels|behind): ([\w.-]+) -->\n[\s\S]*?<!-- \/\1 -->/g;

/** The rows of the README's table: `scenario/case` and metric, in words. */
const rows = [
  { what: '20,000 small tasks at once, 1 worker', at: 'at-once/1-worker', metric: 'rate' },
  { what: '20,000 small tasks at once, 2 workers', at: 'at-once/2-workers', metric: 'rate' },
  { what: '20,000 nested objects there and back, 1 worker', at: 'at-once/nested', metric: 'rate' },
  { what: '64 small tasks in flight, 1 worker', at: 'in-flight/64-in-flight', metric: 'rate' },
  { what: 'one small task at a time, median', at: 'in-flight/one-at-a-time', metric: 'median' },
  { what: 'tasks of 100 µs, 1 worker', at: 'busy-tasks/100-us', metric: 'rate' },
  { what: 'tasks of 1 ms, 1 worker', at: 'busy-tasks/1-ms', metric: 'rate' },
  { what: '1 MiB there and back by transfer, one at a time, median', at: 'transfer/one-at-a-time', metric: 'median' },
  { what: 'the same, 16 in flight', at: 'transfer/16-in-flight', metric: 'rate' },
  { what: '100 MiB without transfer: main thread blocked', at: 'large-buffer/100-mib', metric: 'blocked' },
  { what: '100 MiB without transfer: whole time', at: 'large-buffer/100-mib', metric: 'whole' },
  { what: '1,000,000 tasks queued and done', at: 'queued/1000000', metric: 'rate' },
  { what: 'memory of 1,000,000 queued tasks', at: 'queued/1000000', metric: 'memory' },
  { what: 'abort of 10,000 queued tasks, a signal each', at: 'abort/10000-each', metric: 'each' },
  { what: 'start-up of 2 workers to the first result', at: 'start-up/2-workers', metric: 'first' },
  { what: 'memory of 2 workers', at: 'start-up/2-workers', metric: 'memory' }
];

/**
 * @param {Results | undefined} results
 * @param {{ what: string, at: string, metric: string }} row
 */
function line (results, { what, at, metric }) {
  const outcome = results?.cases[at];
  const unit = outcome?.metrics[metric]?.unit;
  const cell = (/** @type {string} */ id) => {
    const median = medianOf(outcome, id, metric);
    return median === undefined ? '–' : number(median);
  };
  const best = bestPeer(outcome, metric);
  const peer = outcome === undefined || best === undefined ? '–' : `${number(best.median)} (${outcome.entries[best.id].name})`;
  return `| ${what} | ${unit ?? ''} | ${cell('rockpool')} | ${cell('piscina')} | ${peer} | ${cell('bare')} |`;
}

/** The rows that the first screen of the README shows, the last one with the least gain. */
const headline = rows.filter(({ at }) =>
  ['at-once/1-worker', 'in-flight/one-at-a-time', 'busy-tasks/100-us', 'busy-tasks/1-ms'].includes(at));

/**
 * @param {Results | undefined} results
 * @param {{ what: string, at: string, metric: string }} row
 * @returns {string[]} the cells: what, rockpool, piscina, how many times better; none, if it was not measured
 */
function headlineCells (results, { what, at, metric }) {
  const outcome = results?.cases[at];
  const own = medianOf(outcome, 'rockpool', metric);
  const piscina = medianOf(outcome, 'piscina', metric);
  if (outcome === undefined || own === undefined || piscina === undefined) return [];
  const { unit, better } = outcome.metrics[metric];
  const times = better === 'more' ? own / piscina : piscina / own;
  return [what, `${number(own)} ${unit}`, `${number(piscina)} ${unit}`, `${times.toFixed(1)} ×`];
}

/**
 * The cases of a part of the benchmarks.
 *
 * @param {Results | undefined} results
 * @param {'pool' | 'kernels'} part
 * @param {string[]} [without] scenarios
 */
function casesOf (results, part, without = []) {
  const ids = scenariosNamed(part).filter((id) => !without.includes(id));
  return Object.entries(results?.cases ?? {}).filter(([key]) => ids.includes(key.split('/')[0])).map(([, outcome]) => outcome);
}

/**
 * The main metric of a kernel: time, or the time of a call.
 *
 * @param {import('./harness/rounds').Outcome} outcome
 */
const leading = (outcome) => 'time' in outcome.metrics ? 'time' : Object.keys(outcome.metrics)[0];

/** The kernels in the README: one or two of each family. The others stand in docs/performance.md. */
const kernelsInReadme = [
  'hash/blake3', 'hash/sha256', 'hash/crc32', 'encryption/aes-256-gcm-seal', 'compression/gzip', 'compression/unzstd',
  'image/resize', 'image/toTensor', 'vector/topk', 'vector/multiply', 'sort/f32', 'scan/count', 'hop/nothing'
];

/**
 * @param {import('./harness/rounds').Outcome} outcome of a kernel
 * @returns {string[]} the cells of its row: what, the unit, rockpool, the best of the others, the ratio; none, if it was not measured
 */
function kernelCells (outcome) {
  const metric = leading(outcome);
  const own = medianOf(outcome, 'rockpool', metric);
  if (own === undefined) return [];
  const best = bestPeer(outcome, metric);
  const other = best === undefined ? ['–', '–'] : [
    `${number(best.median)} (${outcome.entries[best.id].name})`, `${number(best.median / own)} ×`
  ];
  return [outcome.title, outcome.metrics[metric].unit, number(own), ...other];
}

/**
 * @param {string[][]} list of cells; what has none is left out
 * @returns {string[]}
 */
const toLines = (list) => list.filter((cells) => cells.length > 0).map((cells) => `| ${cells.join(' | ')} |`);

/**
 * The cases and metrics in which another contestant is better. For kernels the delay of the event loop does not count: it
 * is some microseconds, and random.
 *
 * @param {Results} results
 * @param {'pool' | 'kernels'} part
 * @returns {{ title: string, metric: string, unit: string, own: number, best: number, name: string }[]}
 */
function lost (results, part) {
  return casesOf(results, part).flatMap((outcome) =>
    Object.entries(outcome.metrics).flatMap(([metric, { title, unit, better }]) => {
      if (part === 'kernels' && metric === 'loop') return [];
      const own = medianOf(outcome, 'rockpool', metric);
      const best = bestPeer(outcome, metric);
      if (own === undefined || best === undefined) return [];
      const isAhead = better === 'more' ? best.median > own : best.median < own;
      if (!isAhead) return [];
      return [{ title: outcome.title, metric: title, unit, own, best: best.median, name: outcome.entries[best.id].name }];
    }));
}

/**
 * The same in words, one mention for each case. A table elsewhere has the figures.
 *
 * @param {Results} results
 */
function casesBehind (results) {
  const list = [...lost(results, 'pool'), ...lost(results, 'kernels')];
  return [...new Set(list.map(({ title }) => title))].map((title) => {
    const found = list.filter((one) => one.title === title);
    const { metrics } = /** @type {any} */ (Object.values(results.cases).find((outcome) => outcome.title === title));
    const which = found.length === Object.keys(metrics).filter((metric) => metric !== 'loop').length
      ? ''
      : `: ${found.map(({ metric }) => metric).join(', ')}`;
    return `${title}${which} (${[...new Set(found.map(({ name }) => name))].join(', ')})`;
  });
}

/**
 * The value that most cases share, and the scenarios with other values.
 *
 * @param {Results} results
 * @param {(outcome: import('./harness/rounds').Outcome) => unknown} valueOf
 */
function mostly (results, valueOf) {
  /** @type {Map<string, { count: number, scenarios: Set<string> }>} */
  const groups = new Map();
  for (const [key, outcome] of Object.entries(results.cases)) {
    const value = String(valueOf(outcome));
    const group = groups.get(value) ?? { count: 0, scenarios: new Set() };
    group.count++;
    group.scenarios.add(key.split('/')[0]);
    groups.set(value, group);
  }
  const [[most], ...others] = [...groups].sort(([, a], [, b]) => b.count - a.count);
  const exceptions = others.map(([value, { scenarios }]) => `${[...scenarios].join(', ')}: ${value}`);
  return exceptions.length === 0 ? most : `${most} (${exceptions.join('; ')})`;
}

/**
 * Where the results come from.
 *
 * @param {string} name
 * @param {Results} results
 */
function source (name, results) {
  const { cpu, cores, memory, system, versions: { commit: _, rockpool, ...versions } } = results.machine;
  const others = Object.entries(versions).filter(([, version]) => version).map(([pool, version]) => `${pool} ${version}`);
  const lines = [`Medians of \`npm run bench -- --save ${name}\`: ${cpu}, ${cores} cores, ${memory}, ${system}, ` +
    `${results.date.slice(0, 10)}; Node ${mostly(results, ({ node }) => node)}; ` +
    `rockpool ${rockpool}, commit ${mostly(results, ({ commit }) => commit)}; ${others.join(', ')}. Samples and spread: ` +
    `[benches/results/${name}.json](benches/results/${name}.json); method: [benches/README.md](benches/README.md).`];
  const load = Math.max(...Object.values(results.cases).map(({ loadAverage }) => loadAverage[0]));
  const [first] = Object.values(results.cases);
  if (first.loadAverage[0] > cores / 2) {
    lines.push('', `The machine had other load (load average up to ${load}): compare ratios, not numbers.`);
  }
  return lines;
}

/**
 * The text between the markers of a kind.
 *
 * @type {Record<string, (name: string, results: Results | undefined) => string[]>}
 */
const kinds = {
  headline: (_, results) => [
    '| | rockpool | piscina | |',
    '|---|--:|--:|--:|',
    ...toLines(headline.map((row) => headlineCells(results, row)))
  ],

  results (name, results) {
    const lines = [
      '| | unit | rockpool | piscina with defaults | best other pool in its best setting | bare Workers |',
      '|---|---|--:|--:|--:|--:|',
      ...rows.map((row) => line(results, row)),
      ''
    ];
    if (results === undefined) {
      return [...lines, `There are no saved results of that name yet: \`npm run bench -- --save ${name}\` measures them, ` +
        `\`node benches/tables.js ${name}\` fills the table.`];
    }
    const kernels = toLines(kernelsInReadme.flatMap((at) => at in results.cases ? [kernelCells(results.cases[at])] : []));
    if (kernels.length > 0) {
      lines.push('| some native kernels | unit | rockpool | best of the others in its best setting | |', '|---|---|--:|--:|--:|',
        ...kernels, '');
    }
    const ahead = casesBehind(results);
    return [...lines, ...source(name, results), '', ahead.length === 0
      ? 'rockpool was the best in every case of this run.'
      : `Others were better than rockpool in these cases ([figures](docs/performance.md#where-it-loses-or-only-ties)): ${ahead.join('; ')}.`];
  },

  kernels (_, results) {
    return [
      '| native kernel | unit | rockpool | best of the others in its best setting | |',
      '|---|---|--:|--:|--:|',
      // One scenario is about the event loop, whatever the kernels do.
      ...toLines(casesOf(results, 'kernels', ['event-loop']).map(kernelCells))
    ];
  },

  behind (_, results) {
    const list = results === undefined ? [] : [...lost(results, 'pool'), ...lost(results, 'kernels')];
    if (list.length === 0) return ['rockpool was the best in every case.'];
    return [
      '| case | metric | unit | rockpool | best other |',
      '|---|---|---|--:|--:|',
      ...toLines(list.map(({ title, metric, unit, own, best, name }) =>
        [title, metric, unit, number(own), `${number(best)} (${name})`]))
    ];
  }
};

/**
 * A page with the results of `name`, or of those it names itself.
 *
 * @param {string} text
 * @param {string} [name]
 * @returns {string}
 */
function fill (text, name) {
  return text.replace(section, (_, kind, named) => {
    const chosen = name ?? named;
    const results = readResults(chosen);
    if (results?.kind === 'quick') throw new Error(`benches/results/${chosen}.json is of a quick run, which measures nothing`);
    return `<!-- ${kind}: ${chosen} -->\n${kinds[kind](chosen, results).join('\n')}\n<!-- /${kind} -->`;
  });
}

function main () {
  const { values, positionals: [name] } = parseArgs({
    options: { check: { type: 'boolean', default: false }, print: { type: 'boolean', default: false } },
    allowPositionals: true
  });
  if (name !== undefined && readResults(name) === undefined) {
    console.error(`benches/results/${name}.json does not exist or is not JSON`);
    return 1;
  }
  let code = 0;
  for (const page of pages) {
    const file = path.join(__dirname, '..', page);
    const before = fs.readFileSync(file, 'utf8');
    const after = fill(before, name);
    if (values.print) {
      console.log(after.match(section)?.join('\n\n'));
    } else if (!values.check) {
      fs.writeFileSync(file, after);
    } else if (before !== after) {
      console.error(`${page} does not show the results it names: run "node benches/tables.js"`);
      code = 1;
    }
  }
  return code;
}

module.exports = { fill };

if (require.main === module) process.exitCode = main();
