'use strict';

// Writes the table of measured results into README.md, between its two markers.
//
//   node ci/readme-table.js NAME     from benches/results/NAME.json; the README names it from then on
//   node ci/readme-table.js          from the results that the README names
//   node ci/readme-table.js --check  writes nothing, fails when the README does not show those results
//   node ci/readme-table.js NAME --print   only shows the table

const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { bestPeer, medianOf, number } = require('../benches/harness/report');
const { readResults } = require('../benches/harness/results');
const { scenariosNamed } = require('../benches/scenarios');

/** @typedef {import('../benches/harness/results').Results} Results */

const readme = path.join(__dirname, '..', 'README.md');
const section = /<!-- results: ([\w.-]+) -->\n[\s\S]*?<!-- \/results -->/;

/** What the table shows: `scenario/case` and metric, in words. */
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

/**
 * The cases of a part of the benchmarks.
 *
 * @param {Results | undefined} results
 * @param {'pool' | 'kernels'} part
 */
function casesOf (results, part) {
  const ids = scenariosNamed(part);
  return Object.entries(results?.cases ?? {}).filter(([key]) => ids.includes(key.split('/')[0])).map(([, outcome]) => outcome);
}

/**
 * What a kernel is measured by: time, or the time of a call where nothing else counts.
 *
 * @param {import('../benches/harness/match').Outcome} outcome
 */
const leading = (outcome) => Object.keys(outcome.metrics)[0];

/**
 * A line for each kernel that was measured against others.
 *
 * @param {Results} results
 * @returns {string[]} none, if no kernel was
 */
function kernelLines (results) {
  const lines = casesOf(results, 'kernels').flatMap((outcome) => {
    const metric = leading(outcome);
    const own = medianOf(outcome, 'rockpool', metric);
    const best = bestPeer(outcome, metric);
    if (own === undefined || best === undefined) return [];
    const { name } = outcome.entries[best.id];
    const { unit } = outcome.metrics[metric];
    return [`| ${outcome.title} | ${unit} | ${number(own)} | ${number(best.median)} (${name}) | ${number(best.median / own)} × |`];
  });
  if (lines.length === 0) return [];
  return ['', '| native kernel | unit | rockpool | best of the others in its best setting | |', '|---|---|--:|--:|--:|', ...lines];
}

/**
 * The cases in which somebody else is ahead: the README says where rockpool loses, whatever was measured. Of a kernel
 * only the time counts: delays of some microseconds beside it are chance.
 *
 * @param {Results} results
 * @param {'pool' | 'kernels'} part
 */
function lost (results, part) {
  return casesOf(results, part).flatMap((outcome) =>
    Object.entries(outcome.metrics).flatMap(([metric, { title, better }]) => {
      if (part === 'kernels' && metric !== leading(outcome)) return [];
      const own = medianOf(outcome, 'rockpool', metric);
      const best = bestPeer(outcome, metric);
      if (own === undefined || best === undefined) return [];
      const isAhead = better === 'more' ? best.median > own : best.median < own;
      return isAhead ? [`${outcome.title}: ${title} (${outcome.entries[best.id].name})`] : [];
    }));
}

/**
 * What stands between the markers.
 *
 * @param {string} name
 * @returns {string}
 */
function render (name) {
  const results = readResults(name);
  if (results?.kind === 'quick') throw new Error(`benches/results/${name}.json is of a quick run, which measures nothing`);
  const lines = [
    '| | unit | rockpool | piscina, as it comes | best other pool in its best setting | bare Workers |',
    '|---|---|--:|--:|--:|--:|',
    ...rows.map((row) => line(results, row)),
    ...(results === undefined ? [] : kernelLines(results)),
    ''
  ];
  if (results === undefined) {
    lines.push(`No results of that name are saved yet: \`npm run bench -- --save ${name}\` measures them, ` +
      `\`node ci/readme-table.js ${name}\` fills the table.`);
    return lines.join('\n');
  }
  const { cpu, cores, memory, system, node, versions } = results.machine;
  const others = Object.entries(versions).filter(([, version]) => version).map(([pool, version]) => `${pool} ${version}`);
  lines.push(`Medians of \`npm run bench -- --save ${name}\`: ${cpu}, ${cores} cores, ${memory}, ${system}, Node ${node}, ` +
    `${results.date.slice(0, 10)}; ${others.join(', ')}. Samples and spread: ` +
    `[benches/results/${name}.json](benches/results/${name}.json); how it is measured: [benches/README.md](benches/README.md).`);
  const load = Math.max(...Object.values(results.cases).map(({ loadAverage }) => loadAverage[0]));
  const [first] = Object.values(results.cases);
  if (first.loadAverage[0] > cores / 2) {
    lines.push('', `The machine was busy with other work (load up to ${load}): read ratios, not numbers.`);
  }
  const ahead = lost(results, 'pool');
  lines.push('', ahead.length === 0
    ? 'No other pool was ahead of rockpool in any case that this run has measured.'
    : `Other pools were ahead of rockpool in: ${ahead.join('; ')}.`);
  const behind = lost(results, 'kernels');
  if (behind.length > 0) lines.push('', `Kernels that somebody else was faster than: ${behind.join('; ')}.`);
  return lines.join('\n');
}

/**
 * The README with the results of `name`, or of those it names itself.
 *
 * @param {string} text
 * @param {string} [name]
 * @returns {string}
 */
function fill (text, name) {
  const match = section.exec(text);
  if (match === null) throw new Error('README.md has no place for results: <!-- results: NAME --> … <!-- /results -->');
  const chosen = name ?? match[1];
  const content = `<!-- results: ${chosen} -->\n${render(chosen)}\n<!-- /results -->`;
  return text.slice(0, match.index) + content + text.slice(match.index + match[0].length);
}

function main () {
  const { values, positionals: [name] } = parseArgs({
    options: { check: { type: 'boolean', default: false }, print: { type: 'boolean', default: false } },
    allowPositionals: true
  });
  if (name !== undefined && readResults(name) === undefined) {
    console.error(`benches/results/${name}.json does not exist or is no JSON`);
    return 1;
  }
  const before = fs.readFileSync(readme, 'utf8');
  const after = fill(before, name);
  if (values.print) {
    console.log(section.exec(after)?.[0]);
  } else if (values.check) {
    if (before !== after) console.error('README.md does not show the results it names: run "node ci/readme-table.js"');
    return before === after ? 0 : 1;
  } else {
    fs.writeFileSync(readme, after);
  }
  return 0;
}

module.exports = { fill };

if (require.main === module) process.exitCode = main();
