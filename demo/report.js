'use strict';

const { stageNames } = require('./stages');

const namedFailures = 10;

/** @param {number} bytes */
function formatBytes (bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(2)} MiB`;
}

/** @param {number} milliseconds */
function formatTime (milliseconds) {
  if (milliseconds < 1) return `${(milliseconds * 1000).toFixed(0)} µs`;
  if (milliseconds < 1000) return `${milliseconds.toFixed(1)} ms`;
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

/** @type {[title: string, cell: (outcome: import('./pipeline').Outcome) => string][]} */
const rows = [
  ['files written', ({ files }) => String(files)],
  ['files failed', ({ failed }) => String(failed.length)],
  ['bytes in', ({ bytesIn }) => formatBytes(bytesIn)],
  ['bytes out', ({ bytesOut }) => formatBytes(bytesOut)],
  ['as .gz', ({ bytesGzip }) => formatBytes(bytesGzip)],
  ['as .zst', ({ bytesZstd }) => (bytesZstd === null ? '–' : formatBytes(bytesZstd))],
  ['time', ({ seconds }) => formatTime(seconds * 1000)],
  ['tasks a second', ({ files, failed, seconds }) => ((files + failed.length) / seconds).toFixed(0)],
  ['waiting, median', ({ histogram }) => formatTime(histogram.waitTime.p50)],
  ['waiting, p99', ({ histogram }) => formatTime(histogram.waitTime.p99)],
  ['running, median', ({ histogram }) => formatTime(histogram.runTime.p50)],
  ['running, p99', ({ histogram }) => formatTime(histogram.runTime.p99)],
  ['utilisation', ({ utilisation }) => `${(utilisation * 100).toFixed(0)} %`],
  ...stageNames.map((name) => /** @type {[string, (outcome: import('./pipeline').Outcome) => string]} */ ([
    `a file's ${name}, median, p99`,
    ({ stages: { [name]: times } }) => (times === null ? '–' : `${formatTime(times.median)}, ${formatTime(times.p99)}`)
  ])),
  ['longest delay of the event loop', ({ longestDelay }) => formatTime(longestDelay)]
];

/**
 * The table of a run, or of two side by side, and the files that failed.
 *
 * @param {import('./pipeline').Outcome[]} outcomes
 * @returns {string}
 */
function createReport (outcomes) {
  const table = [
    ['', ...outcomes.map(({ engine }) => engine)],
    ...rows.map(([title, cell]) => [title, ...outcomes.map(cell)])
  ];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const lines = table.map((row) =>
    row
      .map((text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column])))
      .join('   ')
      .trimEnd()
  );
  for (const { engine, hashedBy, compressedBy, out } of outcomes) {
    lines.push('', ...[hashedBy, compressedBy, `written to ${out}`].map((line) => `${engine}: ${line}`));
  }
  // The engines share terser, so what fails on one fails on the other.
  const failed = new Map(outcomes.flatMap((outcome) => outcome.failed.map((file) => [file.path, file])));
  if (failed.size > 0) {
    lines.push('', failed.size === 1 ? '1 file failed:' : `${failed.size} files failed:`);
    for (const { path, message } of [...failed.values()].slice(0, namedFailures)) {
      lines.push(`  ${path}: ${message}`);
    }
    if (failed.size > namedFailures) lines.push(`  and ${failed.size - namedFailures} more, in the manifest`);
  }
  return lines.join('\n');
}

module.exports = { createReport, formatBytes };
