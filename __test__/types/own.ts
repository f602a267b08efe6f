// Compiles against ours alone: what piscina's types do not have.

import Piscina from 'rockpool';
import { kernels } from 'rockpool';
import type { ErrorCode, Options, PiscinaLoadBalancer, PiscinaWorker, RunOptions, Transferable } from 'rockpool';
import required = require('rockpool');

const firstIdle: PiscinaLoadBalancer = (task, workers) =>
  workers.find((worker: PiscinaWorker) => worker.currentUsage === 0 || task.isAbortable) ?? null;
const options: Options = { loadBalancer: firstIdle, loadTimeout: 5000 };
const runOptions: RunOptions = { signal: AbortSignal.timeout(1000) };

export const pool = new required(options);
export const timeout: number = pool.options.loadTimeout;
export const typed: required<number, string> = new Piscina<number, string>();
export const transferable: Transferable = {
  [Piscina.transferableSymbol]: new ArrayBuffer(1),
  [Piscina.valueSymbol]: {}
};

// @ts-expect-error -- a number
export const wrong: Options = { loadTimeout: '5 s' };

export async function use (): Promise<unknown[]> {
  await pool.run(1, runOptions);

  const bytes = new Uint16Array(8);
  const { value, buffer } = await kernels.blake3(bytes);
  const digest: Uint8Array = value;
  const same: Uint16Array = buffer;
  const keyed = await pool.kernel('blake3', new ArrayBuffer(8), { key: new Uint8Array(32) }, { signal: null });
  const back: ArrayBuffer = keyed.buffer;

  const [{ value: mapped }] = await kernels.map('blake3', [bytes], { length: 4 }, { signal: null });
  const here: Uint8Array = kernels.sync.blake3(mapped).value;
  const { values } = await kernels.pipeline([['blake3'], ['blake3', { length: 4 }]]).run(here, { out: new ArrayBuffer(4) });
  const inPool = await pool.kernel(kernels.pipeline([['blake3']]), bytes);
  const worked: Uint16Array = inPool.buffer;
  const resized = await kernels.image.resize(bytes, { width: 2, height: 2, toWidth: 1, toHeight: 1, filter: 'mitchell' });
  const pixel: Uint8Array = resized.output;
  const [mean, std]: (readonly number[])[] = [[0, 0, 0], [1, 1, 1]];
  const tensor: Float32Array = kernels.sync.image.toTensor(pixel, { width: 1, height: 1, mean, std }).output;
  kernels.pipeline([['image.swizzle', { width: 1, height: 1, order: 'bgra' }], ['image.invert'], ['image.blur', { sigma: 1 }]]);
  kernels.configure({ threads: kernels.threads() });
  const summaries: string[] = kernels.list().map(({ summary }) => summary);
  await kernels.blake3(bytes, {}, { onProgress: ({ done, total, unit }) => [done / total, unit.length] });

  const hash: bigint = (await kernels.xxh3(bytes, { seed: 1 })).value;
  const counts: Float64Array = kernels.sync.histogram(bytes).value;
  const found: number = (await kernels.search.count(bytes, { pattern: Buffer.from('a') })).value;
  const tag: Uint8Array = (await pool.kernel('aead.seal', bytes, { algorithm: 'aes-256-gcm', key: digest, nonce: digest })).value;
  const packed = await kernels.gzip.compress(here, { level: 12 }, { out: new ArrayBuffer(100) });
  const unpacked: Uint8Array = kernels.sync.gzip.decompress(packed.output, { maxOutputLength: 8 }).output;
  await pool.kernel('zstd.compress', unpacked, { level: 3, checksum: true });

  // @ts-expect-error -- a key is needed
  await kernels.aead.seal(bytes, { algorithm: 'aes-256-gcm', nonce: digest });
  // @ts-expect-error -- it has no value
  (await kernels.aead.open(bytes, { algorithm: 'aes-256-gcm', key: digest, nonce: digest, tag })).value;
  const { value: near } = await kernels.vector.topk(bytes, { dimensions: 2, query: [1, 2], k: 1, metric: 'dot' });
  const nearest: [Uint32Array, Float32Array] = [near.indices, near.scores];
  const { output: small, value: scales } = await kernels.vector.quantize(bytes, { dimensions: 2 });
  const quantized: [Int8Array, Float32Array] = [small, scales];
  const product: Float32Array = kernels.sync.matrix.multiply(bytes, { m: 1, k: 1, n: 1, other: [1] }).output;
  const { buffer: sorted } = await kernels.sort(new Float64Array(2), { descending: true });
  const numbers: Float64Array = sorted;
  // @ts-expect-error -- dimensions are needed
  await kernels.vector.normalize(bytes);
  // @ts-expect-error -- no such metric
  await kernels.vector.topk(bytes, { dimensions: 2, query: [1, 2], k: 1, metric: 'euclid' });

  // @ts-expect-error -- no such kernel
  kernels.pipeline([['md5']]);
  // @ts-expect-error -- an output buffer is for one input
  await kernels.map('blake3', [bytes], {}, { out: bytes });
  // @ts-expect-error -- no such kernel
  await pool.kernel('md5', bytes);
  // @ts-expect-error -- a size to make is needed
  await kernels.image.resize(bytes, { width: 2, height: 2 });
  // @ts-expect-error -- an image stays where it is
  (await kernels.image.invert(bytes)).output;
  // @ts-expect-error -- no such parameter
  await kernels.blake3(bytes, { rounds: 5 });
  // @ts-expect-error -- text has no bytes yet
  await kernels.blake3('text');

  const { workers, waitTime, queue: { limit } } = pool.stats();
  const seen: [number, 'starting' | 'idle' | 'busy', number | null | undefined, number | null] =
    [workers.max, workers.threads[0].state, waitTime?.p99, limit];
  const metricsText: string = pool.metrics() + Piscina.metrics({ pool });
  const trace = await pool.trace({ limit: 10 }).stop({ file: new URL('file:///tmp/trace.json') });
  const row: number = trace.traceEvents[0].tid;
  const onTask = ({ outcome, threadId }: Piscina.TaskMessage) => outcome === 'aborted' ? null : threadId;
  // @ts-expect-error -- no such option
  pool.trace({ size: 10 });

  const code: ErrorCode = 'ERR_ROCKPOOL_LOAD_FAILED';
  // @ts-expect-error -- no such code
  const noCode: ErrorCode = 'ERR_ROCKPOOL_NO_SUCH';
  return [
    hash, counts, found, tag, nearest, quantized, product, numbers, values, worked, digest, same, back, code, noCode,
    summaries, tensor, seen, metricsText, row, onTask
  ];
}
