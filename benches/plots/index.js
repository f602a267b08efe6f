'use strict';

const { mkdirSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { isPeer } = require('../contestants');
const { scenariosNamed } = require('../scenarios');
const { bestPeer, medianOf, number } = require('../harness/report');
const { drawLines } = require('./lines');
const { drawRows } = require('./rows');

/**
 * @typedef {import('../harness/results').Results} Results
 * @typedef {import('../harness/rounds').Outcome} Outcome
 * @typedef {import('./rows').Panel} Panel
 */

const folder = join(__dirname, '..', '..', 'docs', 'plots');

/** @param {string} id of a contestant */
const classOf = (id) => (id === 'rockpool' ? 'own' : isPeer(id) ? 'other' : 'floor');

/** @param {string} id of a contestant */
const labelClass = (id) => (id === 'rockpool' ? 'own-text' : 'text');

/**
 * Every contestant's samples in one metric, and their median.
 *
 * @param {Results} results
 * @param {string} at
 * @param {string} metric
 * @returns {Panel[]} none, if that was not measured
 */
function samplesPanel ({ cases }, at, metric) {
  const outcome = cases[at];
  const entries = Object.entries(outcome?.entries ?? {}).filter(([, { samples }]) => samples[metric]?.length > 0);
  if (entries.length === 0) {
    return [];
  }
  const { title, unit, better } = outcome.metrics[metric];
  // Less than a microsecond of a delay is none, and has no place on a logarithmic axis.
  const shown = (/** @type {number} */ value) => Math.max(value, 1e-3);
  const rows = entries.map(([id, { name, samples }]) => {
    const median = medianOf(outcome, id, metric) ?? NaN;
    return {
      label: name,
      labelClass: labelClass(id),
      marks: [
        ...samples[metric].map((value) => ({ value: shown(value), className: classOf(id), faint: true })),
        { value: shown(median), className: classOf(id) }
      ],
      note: number(median)
    };
  });
  return [{ title: outcome.title, axis: `${title}, ${unit}; ${better} is better`, rows }];
}

/** @param {Results} results what a plot was drawn from */
const sourceOf = ({ machine, date }) =>
  `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${date.slice(0, 10)}`;

const explained = 'A dot is a sample, a bar the median, which also stands at the right. Logarithmic axes.';

/**
 * @param {string} title
 * @param {[at: string, metric: string][]} wanted
 * @returns {(results: Results) => string | undefined}
 */
const samplesPlot = (title, wanted) => (results) => {
  const panels = wanted.flatMap(([at, metric]) => samplesPanel(results, at, metric));
  return panels.length === 0 ? undefined : drawRows(title, panels, [explained, sourceOf(results)]);
};

/** @param {Results} results @returns {[key: string, outcome: Outcome][]} the cases of kernels against others */
const kernelCases = ({ cases }) => scenariosNamed('kernels')
  .flatMap((id) => Object.entries(cases).filter(([key]) => key.startsWith(`${id}/`)))
  .filter(([, outcome]) => Object.keys(outcome.entries).some(isPeer));

/**
 * How many times as long the others take, case by case.
 *
 * @param {Results} results
 */
function kernelsPlot (results) {
  const rows = kernelCases(results).flatMap(([key, outcome]) => {
    const [metric] = key.startsWith('hand-over/') ? ['time'] : Object.keys(outcome.metrics);
    const own = medianOf(outcome, 'rockpool', metric);
    const best = bestPeer(outcome, metric);
    if (own === undefined || best === undefined) {
      return [];
    }
    const marks = Object.keys(outcome.entries).filter(isPeer).flatMap((id) => {
      const median = medianOf(outcome, id, metric);
      return median === undefined ? [] : [{ value: median / own, className: 'other', faint: id !== best.id }];
    });
    const times = best.median / own;
    const { name } = outcome.entries[best.id];
    return [{ label: key.replace('/', ': '), marks, note: `${number(times)} × ${name.split(',')[0]}` }];
  });
  if (rows.length === 0) {
    return undefined;
  }
  const panel = { title: 'Native kernels', axis: 'time of the others / time of rockpool', rows, even: 1 };
  return drawRows('Native kernels against what Node users have', [panel], [
    'How many times as long the others take. A bar is the fastest of them, which is named; a dot another one.',
    'Left of the broken line rockpool is slower.',
    sourceOf(results)
  ]);
}

/**
 * How long the main event loop is held up.
 *
 * @param {Results} results
 */
function eventLoopPlot (results) {
  const rows = kernelCases(results).flatMap(([key, outcome]) => {
    const own = medianOf(outcome, 'rockpool', 'loop');
    const times = Object.keys(outcome.metrics);
    // Of the others the fastest, not the one that leaves the loop alone the most.
    const best = bestPeer(outcome, times.includes('time') ? 'time' : times[0]);
    const other = best && medianOf(outcome, best.id, 'loop');
    if (own === undefined || best === undefined || other === undefined) {
      return [];
    }
    const marks = [
      { value: Math.max(own, 0.01), className: 'own' },
      { value: Math.max(other, 0.01), className: 'other' }
    ];
    const { name } = outcome.entries[best.id];
    return [{ label: key.replace('/', ': '), marks, note: name.split(',')[0] }];
  });
  const panels = [
    ...(rows.length === 0 ? [] : [{ title: 'Kernels, and the fastest of the others', axis: 'ms; less is better', rows }]),
    ...samplesPanel(results, 'large-buffer/100-mib', 'blocked')
  ];
  return panels.length === 0 ? undefined : drawRows('How long the main event loop is held up at most', panels, [
    'How long the main event loop is held up at most. Blue: rockpool. What is below 0.01 ms is shown there.',
    sourceOf(results)
  ]);
}

/**
 * Cases of one scenario with a growing number of something.
 *
 * @param {Results} results
 * @param {RegExp} pattern of keys; its group is the number
 * @param {string} metric
 * @param {string} title
 * @param {string} across what is counted
 * @returns {import('./lines').Panel[]}
 */
function growthPanel ({ cases }, pattern, metric, title, across = 'tasks in the queue') {
  const found = Object.entries(cases)
    .map(([key, outcome]) => ({ count: Number(pattern.exec(key)?.[1]), outcome }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => a.count - b.count);
  const ids = [...new Set(found.flatMap(({ outcome }) => Object.keys(outcome.entries)))];
  const lines = ids.flatMap((id) => {
    const points = found.flatMap(({ count, outcome }) => {
      const median = medianOf(outcome, id, metric);
      return median === undefined || median <= 0 ? [] : [/** @type {[number, number]} */ ([count, median])];
    });
    const name = found.map(({ outcome }) => outcome.entries[id]?.name).find((name) => name !== undefined);
    return points.length === 0 ? [] : [{ name: name ?? id, className: classOf(id), points }];
  });
  if (lines.length === 0) {
    return [];
  }
  // Not every case has every metric: memory is not measured for short queues.
  const { unit, better } = found.flatMap(({ outcome }) => outcome.metrics[metric] ?? [])[0];
  return [{ title, across, up: `${unit}; ${better} is better`, lines }];
}

/** @param {Results} results */
function queuePlot (results) {
  const panels = [
    ...growthPanel(results, /^queued\/(\d+)$/, 'rate', 'Rate against the length of the queue'),
    ...growthPanel(results, /^queued\/(\d+)$/, 'memory', 'Memory of a queued task'),
    ...growthPanel(results, /^abort\/(\d+)-shared$/, 'each', 'Abort of queued tasks, one signal for all'),
    ...growthPanel(results, /^abort\/(\d+)-each$/, 'each', 'Abort of queued tasks, a signal each')
  ];
  return panels.length === 0 ? undefined : drawLines('Cost against the length of the queue', panels, [sourceOf(results)]);
}

/**
 * The rate of a fresh process, stretch by stretch of its tasks.
 *
 * @param {Results} results
 */
function warmUpPlot (results) {
  const outcome = results.cases['warm-up/in-flight'];
  if (outcome === undefined) {
    return undefined;
  }
  const lines = Object.entries(outcome.entries).flatMap(([id, { name }]) => {
    const points = Object.keys(outcome.metrics).flatMap((metric) => {
      const median = medianOf(outcome, id, metric);
      return median === undefined ? [] : [/** @type {[number, number]} */ ([Number(metric.replace('until', '')), median])];
    });
    return points.length === 0 ? [] : [{ name, className: classOf(id), points }];
  });
  const panel = { title: outcome.title, across: 'tasks done', up: 'tasks/s since the point before; more is better', lines };
  return drawLines('Warming up', [panel], [sourceOf(results)]);
}

/** @param {Results} results */
function scalingPlot (results) {
  const panels = [
    ...growthPanel(results, /^scaling\/add-(\d+)$/, 'rate', 'Additions, 20,000 at once', 'workers'),
    ...growthPanel(results, /^scaling\/busy-(\d+)$/, 'rate', 'Tasks of 20 µs, 20,000 at once', 'workers'),
    ...growthPanel(results, /^threads\/compress-(\d+)$/, 'rate', 'gzip of 64 KiB, 256 calls at once', 'kernel threads')
  ];
  return panels.length === 0 ? undefined : drawLines('From one thread to as many as there are processors', panels, [sourceOf(results)]);
}

/** By file name. @type {Record<string, (results: Results) => string | undefined>} */
const plots = {
  throughput: samplesPlot('Tasks per second', [
    ['at-once/1-worker', 'rate'], ['at-once/2-workers', 'rate'], ['at-once/nested', 'rate'],
    ['in-flight/64-in-flight', 'rate'], ['transfer/16-in-flight', 'rate']
  ]),
  latency: samplesPlot('One task at a time', [
    ['in-flight/one-at-a-time', 'median'], ['in-flight/one-at-a-time', 'slowest'],
    ['transfer/one-at-a-time', 'median'], ['hop/nothing', 'median'], ['hop/nothing', 'slowest']
  ]),
  'event-loop': eventLoopPlot,
  kernels: kernelsPlot,
  queue: queuePlot,
  'warm-up': warmUpPlot,
  scaling: scalingPlot
};

/**
 * Draws what the results have; a plot of what was not measured is removed.
 *
 * @param {Results} results
 * @returns {string[]} the files
 */
function drawPlots (results) {
  mkdirSync(folder, { recursive: true });
  readdirSync(folder).filter((name) => name.endsWith('.svg')).forEach((name) => rmSync(join(folder, name)));
  return Object.entries(plots).flatMap(([name, draw]) => {
    const drawn = draw(results);
    if (drawn === undefined) {
      return [];
    }
    const path = join(folder, `${name}.svg`);
    writeFileSync(path, drawn);
    return [path];
  });
}

module.exports = { drawPlots, plots };
