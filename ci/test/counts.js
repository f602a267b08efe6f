'use strict';

/**
 * @typedef {{ passed: number, failed: number, skipped: string[] }} Counts
 */

/**
 * The tests in what `cargo test` printed: one result line for each test binary.
 *
 * @param {string} output
 * @returns {Counts}
 */
function countCargoTests (output) {
  const counts = { passed: 0, failed: 0, skipped: /** @type {string[]} */ ([]) };
  for (const match of output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed;/gm)) {
    counts.passed += Number(match[1]);
    counts.failed += Number(match[2]);
  }
  for (const match of output.matchAll(/^test (.+?) \.\.\. ignored(.*)$/gm)) {
    counts.skipped.push(`${match[1]}${match[2]}`);
  }
  return counts;
}

/**
 * The tests in a TAP report of node:test. Null when the report has no totals: then the process
 * ended before its tests did.
 *
 * @param {string} tap
 * @returns {Counts | null}
 */
function countTapTests (tap) {
  /** @type {Record<string, number>} */
  const totals = {};
  for (const match of tap.matchAll(/^# (pass|fail|cancelled|skipped|todo) (\d+)$/gm)) {
    totals[match[1]] = Number(match[2]);
  }
  if (totals.pass === undefined || totals.fail === undefined) return null;
  const skipped = [];
  for (const match of tap.matchAll(/^\s*ok \d+ - (.*?) # (?:SKIP|TODO)(.*)$/gm)) {
    skipped.push(`${match[1]}${match[2] ? `:${match[2]}` : ''}`);
  }
  return { passed: totals.pass, failed: totals.fail + (totals.cancelled ?? 0), skipped };
}

/**
 * The last total that a script of ours printed, as `N passed, N failed` or as the spec reporter
 * of node:test has it. Null when it printed none.
 *
 * @param {string} output
 * @returns {Counts | null}
 */
function countScript (output) {
  const plain = [...output.matchAll(/\b(\d+) passed, (\d+) failed\b/g)].at(-1);
  const spec = [...output.matchAll(/^ℹ pass (\d+)\nℹ fail (\d+)$/gm)].at(-1);
  const match = plain ?? spec;
  if (match === undefined) return null;
  return { passed: Number(match[1]), failed: Number(match[2]), skipped: [] };
}

module.exports = { countCargoTests, countScript, countTapTests };
