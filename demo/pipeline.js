'use strict';

const { mkdir, readFile, writeFile } = require('node:fs/promises');
const { dirname, join } = require('node:path');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { createEngine } = require('./engines');
const { InFlight } = require('./in-flight');
const { Stages } = require('./stages');

/**
 * Files in flight for each Worker: enough that a Worker always finds its next file read, few
 * enough that what is in memory stays small.
 */
const inFlightPerThread = 8;

const delayResolution = 5;

/**
 * @typedef {object} Outcome
 * @property {import('./arguments').EngineName} engine
 * @property {string} hashedBy
 * @property {string} compressedBy
 * @property {string} out
 * @property {number} files      written
 * @property {number} bytesIn    of the files written
 * @property {number} bytesOut
 * @property {number} bytesGzip
 * @property {number | null} bytesZstd null where none was written
 * @property {ReturnType<Stages['summary']>} stages
 * @property {number} seconds
 * @property {import('./engines').Histogram} histogram of the pool
 * @property {number} utilisation of the Workers, from 0 to 1
 * @property {number} longestDelay of the main event loop, in milliseconds
 * @property {{ path: string, message: string }[]} failed
 * @property {boolean} interrupted
 */

/** The output folder is not the fault of any one file: this ends the run. */
class OutputError extends Error {}

/**
 * @template T
 * @param {Promise<T>} writing
 */
async function orOutputError (writing) {
  try {
    return await writing;
  } catch (error) {
    throw new OutputError(`the output cannot be written: ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * @param {string} path
 * @returns {Promise<Uint8Array<ArrayBuffer>>} alone in its buffer, so that it can be transferred
 */
async function readOwnBytes (path) {
  const content = await readFile(path);
  const { buffer, byteLength } = content;
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return isAlone ? new Uint8Array(buffer) : new Uint8Array(content);
}

/**
 * @param {string} target
 * @param {import('./engines').Asset} asset
 */
async function writeAsset (target, { bytes, gzip, zstd }) {
  await mkdir(dirname(target), { recursive: true });
  await Promise.all([
    writeFile(target, bytes),
    writeFile(`${target}.gz`, gzip),
    ...(zstd === null ? [] : [writeFile(`${target}.zst`, zstd)])
  ]);
}

/**
 * Reads, minifies, hashes, compresses and writes every file, and writes the manifest.
 *
 * @param {object} job
 * @param {string} job.source
 * @param {import('./find-files').SourceFile[]} job.files
 * @param {import('./arguments').EngineName} job.engineName
 * @param {string} job.out
 * @param {number} job.threads
 * @param {AbortSignal} job.signal ends the run; what was written stays, without a manifest
 * @param {(done: number) => void} job.onProgress
 * @returns {Promise<Outcome>}
 */
async function runPipeline ({ source, files, engineName, out, threads, signal, onProgress }) {
  const engine = createEngine(engineName, threads);
  const inFlight = new InFlight(threads * inFlightPerThread);
  const stages = new Stages();
  /** @type {{ source: string, bytesIn: number, bytesOut: number, bytesGzip: number, bytesZstd: number | null, [hash: string]: string | number | null }[]} */
  const written = [];
  /** @type {{ path: string, message: string }[]} */
  const failed = [];
  /** @type {Error | null} */
  let fatal = null;
  let done = 0;

  /** @param {import('./find-files').SourceFile} file */
  async function processFile ({ path }) {
    try {
      const content = await stages.time('read', readOwnBytes(join(source, path)));
      const bytesIn = content.byteLength;
      const asset = await engine.make(path, content, stages);
      await stages.time('write', orOutputError(writeAsset(join(out, path), asset)));
      written.push({
        source: path,
        bytesIn,
        bytesOut: asset.bytes.byteLength,
        bytesGzip: asset.gzip.byteLength,
        bytesZstd: asset.zstd?.byteLength ?? null,
        [engine.hash]: asset.digest
      });
    } catch (error) {
      // Whatever is in flight while the pool is torn down fails, and says nothing of its file.
      if (signal.aborted || fatal !== null) return;
      if (error instanceof OutputError) fatal = error;
      else failed.push({ path, message: error instanceof Error ? error.message : String(error) });
    }
    onProgress(++done);
  }

  const destroy = () => void engine.destroy();
  signal.addEventListener('abort', destroy, { once: true });
  const delay = monitorEventLoopDelay({ resolution: delayResolution });
  delay.enable();
  const start = performance.now();
  try {
    await orOutputError(mkdir(out, { recursive: true }));
    for (const file of files) {
      await inFlight.room();
      if (signal.aborted || fatal !== null) break;
      void inFlight.start(() => processFile(file));
    }
    await inFlight.none();
    if (fatal !== null) throw fatal;

    const seconds = (performance.now() - start) / 1000;
    delay.disable();
    const histogram = engine.histogram();
    written.sort((a, b) => (a.source < b.source ? -1 : 1));
    failed.sort((a, b) => (a.path < b.path ? -1 : 1));
    const totals = {
      files: written.length,
      failed: failed.length,
      bytesIn: written.reduce((sum, file) => sum + file.bytesIn, 0),
      bytesOut: written.reduce((sum, file) => sum + file.bytesOut, 0),
      bytesGzip: written.reduce((sum, file) => sum + file.bytesGzip, 0),
      bytesZstd: written.some((file) => file.bytesZstd === null)
        ? null
        : written.reduce((sum, file) => sum + (file.bytesZstd ?? 0), 0)
    };
    if (!signal.aborted) {
      const manifest = { engine: engine.name, hash: engine.hash, totals, files: written, failed };
      const text = `${JSON.stringify(manifest, null, 2)}\n`;
      await orOutputError(writeFile(join(out, 'manifest.json'), text));
    }
    return {
      engine: engine.name,
      hashedBy: engine.hashedBy,
      compressedBy: engine.compressedBy,
      out,
      files: totals.files,
      bytesIn: totals.bytesIn,
      bytesOut: totals.bytesOut,
      bytesGzip: totals.bytesGzip,
      bytesZstd: totals.bytesZstd,
      stages: stages.summary(),
      seconds,
      histogram,
      // Not pool.utilization: piscina 5.3.2 gives a thousandth of it, and counts the start-up.
      utilisation: (histogram.runTime.mean * done) / (seconds * 1000 * threads),
      // The monitor records the time between two of its ticks.
      longestDelay: Math.max(0, delay.max / 1e6 - delayResolution),
      failed,
      interrupted: signal.aborted
    };
  } finally {
    delay.disable();
    signal.removeEventListener('abort', destroy);
    await (fatal === null && !signal.aborted ? engine.close() : engine.destroy());
  }
}

module.exports = { OutputError, runPipeline };
