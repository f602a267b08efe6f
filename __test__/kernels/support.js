'use strict';

const { spawn } = require('node:child_process');
const path = require('node:path');
const native = require('../../lib/binding');
const { kernels } = require('../../lib/kernels');
const { launchKernel, startKernel } = require('../../lib/kernels/call');

// Kernels that misbehave on purpose; without this they are as unknown as any other name.
native.openKernelProbes();

/** Where the bytes of a view or a buffer are in memory. */
function addressOf (bytes) {
  return native.addressOf(ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes));
}

const hex = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');

/** The input of the published test vectors. */
const pattern = (length) => Uint8Array.from({ length }, (_, index) => index % 251);

const isDetached = (buffer) => {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
};

const entry = path.join(__dirname, '..', '..', 'lib', 'kernels', 'call.js');
const binding = path.join(__dirname, '..', '..', 'lib', 'binding.js');

/**
 * Runs a program in a process of its own. It finds `kernels`, `startKernel` and `launchKernel` in scope, and `entry`,
 * which is the file to require for the latter two in a Worker.
 *
 * @param {string} source
 * @param {{ env?: NodeJS.ProcessEnv, timeout?: number }} [options]
 * @returns {Promise<{ code: number | null, signal: string | null, stdout: string, stderr: string }>}
 */
function runProgram (source, { env = {}, timeout = 60_000 } = {}) {
  const prologue = `const entry = ${JSON.stringify(entry)};
    const { startKernel, launchKernel } = require(entry);
    require(${JSON.stringify(binding)}).openKernelProbes();
    const { kernels } = require(entry.replace('call.js', 'index.js'));
    const { Worker } = require('node:worker_threads');\n`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', prologue + source], {
      env: { ...process.env, ...env },
      timeout,
      killSignal: 'SIGKILL'
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => { stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

module.exports = { addressOf, entry, hex, isDetached, kernels, launchKernel, pattern, runProgram, startKernel };
