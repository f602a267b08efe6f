'use strict';

const { describeAddon, describeMachine } = require('./machine');

/**
 * @typedef {import('./self-test').Check} Check
 *
 * @typedef {object} Diagnosis
 * @property {boolean} ok
 * @property {ReturnType<typeof describeMachine>} machine
 * @property {ReturnType<typeof describeAddon> | null} native null: there is no addon, and `problem` says why.
 * @property {string | null} problem
 * @property {string | null} missing The package that is not installed, with its version, where that is the problem.
 * @property {Check[]} pool
 * @property {Check[]} kernels
 * @property {string[]} untested Kernels without a known answer.
 */

/** @returns {Promise<Diagnosis>} */
async function diagnose () {
  const machine = describeMachine();
  let native;
  try {
    native = describeAddon();
  } catch (error) {
    const problem = error instanceof Error ? describeError(error) : String(error);
    const missing = Object(error).package ?? null;
    return { ok: false, machine, native: null, problem, missing, pool: [], kernels: [], untested: [] };
  }
  const { testKernels, testPool } = require('./self-test');
  const pool = await testPool();
  const { checks: kernels, untested } = await testKernels();
  const ok = [...pool, ...kernels].every((check) => check.ok);
  return { ok, machine, native, problem: null, missing: null, pool, kernels, untested };
}

/** @param {Error} error */
function describeError (error) {
  const { code } = /** @type {{ code?: string }} */ (error);
  const first = `${code === undefined ? '' : `${code}: `}${error.message}`;
  return error.cause instanceof Error ? `${first}\n  because of: ${error.cause.message}` : first;
}

/** @param {number} bytes */
const gibibytes = (bytes) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/**
 * @param {Diagnosis} diagnosis
 * @returns {string}
 */
function write ({ ok, machine, native, problem, missing, pool, kernels, untested }) {
  const { rockpool, node, platform, processor, memory, environment } = machine;
  /** @type {[string, string][]} */
  const facts = [
    ['rockpool', `${rockpool.version}, ${rockpool.path}`],
    ...native === null ? [] : /** @type {[string, string][]} */ ([
      ['addon', `${native.addon.version ?? 'of no known version'}, ${native.addon.path ?? ''} (${native.addon.origin})`]
    ]),
    ['node', `${node.version}, V8 ${node.v8}, ABI ${node.modules}, ${node.path}`],
    ['platform', [`${platform.name}-${platform.arch} ${platform.release}`, platform.libc].filter(Boolean).join(', ')],
    ['processor', `${processor.model}, ${processor.cores} cores, ${processor.available} available`],
    ['memory', gibibytes(memory.total)],
    ...native === null ? [] : /** @type {[string, string][]} */ ([
      ['features', native.features.join(' ')],
      ['threads', `${native.threads.kernels} for kernels; by default ${native.threads.minThreads} to ` +
        `${native.threads.maxThreads} workers`]
    ]),
    ['environment', Object.entries(environment).map(([name, value]) => `${name}=${value}`).join(' ') || 'nothing of concern']
  ];
  const lines = facts.map(([name, value]) => `${name.padEnd(12)}${value}`);
  for (const [title, checks] of /** @type {[string, Check[]][]} */ ([['pool', pool], ['kernels', kernels]])) {
    if (checks.length === 0) continue;
    lines.push('', `${title}`);
    for (const { name, ok, milliseconds, error } of checks) {
      lines.push(`  ${ok ? 'ok  ' : 'FAIL'}  ${name}${ok ? ` (${milliseconds.toFixed(1)} ms)` : ''}`);
      if (error !== undefined) lines.push(...error.split('\n').map((line) => `          ${line}`));
    }
  }
  if (untested.length > 0) lines.push(`  not tried: ${untested.join(', ')}`);
  if (problem !== null) lines.push('', problem);
  lines.push('', conclude(ok, missing));
  return lines.join('\n');
}

/**
 * @param {boolean} ok
 * @param {string | null} missing
 */
function conclude (ok, missing) {
  if (ok) return 'All is well.';
  if (missing === null) return 'Something is wrong. Please report it with all of the above.';
  return `The addon for this machine is missing. Install it: npm install --save-optional ${missing} (or build it, see above).`;
}

/**
 * The command `rockpool doctor`.
 *
 * @param {{ json?: boolean }} options
 * @returns {Promise<number>} the exit code
 */
async function doctor ({ json = false }) {
  const diagnosis = await diagnose();
  console.log(json ? JSON.stringify(diagnosis, null, 2) : write(diagnosis));
  return diagnosis.ok ? 0 : 1;
}

module.exports = { doctor };
