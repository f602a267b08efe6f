'use strict';

/** @typedef {import('./index').Goal} Goal */

/** @type {Goal[]} */
const goals = [
  { what: '20,000 at once, 1 worker', at: 'at-once/1-worker', metric: 'rate', to: 'piscina', better: 'more', floor: 40, aim: 150 },
  { what: '20,000 at once, 1 worker', at: 'at-once/1-worker', metric: 'rate', to: 'best peer', better: 'more', floor: 5, aim: 15 },
  { what: '20,000 at once, 2 workers', at: 'at-once/2-workers', metric: 'rate', to: 'piscina', better: 'more', floor: 25, aim: 80 },
  { what: '20,000 at once, 2 workers', at: 'at-once/2-workers', metric: 'rate', to: 'best peer', better: 'more', floor: 5, aim: 15 },
  { what: 'nested object, 20,000 at once', at: 'at-once/nested', metric: 'rate', to: 'piscina', better: 'more', floor: 20, aim: 60 },
  { what: 'one at a time, median', at: 'in-flight/one-at-a-time', metric: 'median', to: 'piscina', better: 'less', floor: 0.5, aim: 0.15 },
  { what: '1 MiB transfer, one at a time, median', at: 'transfer/one-at-a-time', metric: 'median', to: 'piscina', better: 'less', floor: 1, aim: 0.5 },
  { what: '1 MiB transfer, 16 in flight', at: 'transfer/16-in-flight', metric: 'rate', to: 'piscina', better: 'more', floor: 1.3, aim: 3 },
  { what: '100 MiB without transfer, main thread blocked', at: 'large-buffer/100-mib', metric: 'blocked', to: 'piscina', better: 'less', floor: 0.4, aim: 0.2 },
  { what: '100 MiB without transfer, whole time', at: 'large-buffer/100-mib', metric: 'whole', to: 'piscina', better: 'less', floor: 0.5, aim: 0.3 },
  { what: '1,000,000 queued, rate', at: 'queued/1000000', metric: 'rate', to: { own: 'queued/10000' }, better: 'more', floor: 0.8 },
  { what: '1,000,000 queued, memory', at: 'queued/1000000', metric: 'memory', better: 'less', floor: 400, aim: 250, unit: 'bytes/task' },
  { what: 'abort of 100,000 queued, one signal', at: 'abort/100000-shared', metric: 'each', better: 'less', floor: 2, aim: 0.5, unit: 'µs/task' },
  { what: 'abort of 100,000 queued, one signal, flat', at: 'abort/100000-shared', metric: 'each', to: { own: 'abort/1000-shared' }, better: 'less', floor: 1.5 },
  { what: 'abort of 100,000 queued, a signal each', at: 'abort/100000-each', metric: 'each', better: 'less', floor: 2, aim: 0.5, unit: 'µs/task' },
  { what: 'abort of 100,000 queued, a signal each, flat', at: 'abort/100000-each', metric: 'each', to: { own: 'abort/1000-each' }, better: 'less', floor: 1.5 },
  { what: '100 µs tasks, 1 worker', at: 'busy-tasks/100-us', metric: 'rate', to: 'piscina', better: 'more', floor: 2.2 },
  { what: '100 µs tasks, 1 worker', at: 'busy-tasks/100-us', metric: 'rate', better: 'more', aim: 9_500, unit: 'tasks/s' },
  ...[1000, 2000, 5000].map((end) => /** @type {Goal} */ (
    { what: `64 in flight, fresh process, until task ${end}`, at: 'warm-up/in-flight', metric: `until${end}`, better: 'more', aim: 200_000, unit: 'tasks/s' }
  )),
  ...[1, 2, 4, 8].map((round) => /** @type {Goal} */ (
    { what: `5,000 at once after 64 in flight, round ${round}`, at: 'warm-up/change', metric: `round${round}`, better: 'more', aim: 1_000_000, unit: 'tasks/s' }
  )),
  ...['half-busy', 'all-busy', 'twice-busy'].flatMap((id) => /** @type {Goal[]} */ ([
    { what: `20 µs tasks, ${id}, median`, at: `beside/${id}`, metric: 'median', to: 'piscina', better: 'less', floor: 1 },
    { what: `20 µs tasks, ${id}, 99th percentile`, at: `beside/${id}`, metric: 'slowest', to: 'piscina', better: 'less', floor: 1.1 }
  ])),
  ...[1, 2, 8].flatMap((workers) => /** @type {Goal[]} */ ([
    { what: `start-up of ${workers}, first result`, at: `start-up/${workers}-workers`, metric: 'first', to: 'bare', better: 'less', floor: 1.1, aim: 1.03 },
    { what: `start-up of ${workers}, memory`, at: `start-up/${workers}-workers`, metric: 'memory', to: 'bare', better: 'less', floor: 1.1, aim: 1.03 }
  ]))
];

module.exports = goals;
