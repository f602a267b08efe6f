// Compiles against ours alone: a pool that is typed by its worker file.

import Piscina from 'rockpool';
import { move, type ResultOf, type TaskOf } from 'rockpool';
import type { Picture } from './worker-module';

type Worker = typeof import('./worker-module');
type FunctionWorker = typeof import('./worker-function');

/** Whether two types are the same, not only assignable. */
type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends (<X>() => X extends B ? 1 : 2) ? true : false;
function same<A, B> (_: Same<A, B>): void {}

const pool = new Piscina<Worker>({ filename: '/worker.js' });

export async function byName (picture: Picture): Promise<void> {
  const text = await pool.run(['a', 'b']);
  same<typeof text, string>(true);
  const named = await pool.run(['a'], { name: 'default' });
  same<typeof named, string>(true);
  const signalled = await pool.run(['a'], { signal: AbortSignal.timeout(1), name: null, filename: null });
  same<typeof signalled, string>(true);

  const resized = await pool.run(picture, { name: 'resize', transferList: [picture.pixels.buffer as ArrayBuffer] });
  same<typeof resized, Picture>(true);
  const time = await pool.run(null, { name: 'now' });
  same<typeof time, number>(true);
  const positive = await pool.run(1n, { name: 'later' });
  same<typeof positive, boolean>(true);
  const nothing = await pool.run(undefined, { name: 'optional' });
  same<typeof nothing, void>(true);

  // @ts-expect-error -- the default export takes an array
  await pool.run('a');
  // @ts-expect-error -- of strings
  await pool.run([1]);
  // @ts-expect-error -- the task of another export
  await pool.run(['a'], { name: 'resize' });
  // @ts-expect-error -- no such export
  await pool.run(['a'], { name: 'rotate' });
  // @ts-expect-error -- an export that is no function
  await pool.run(80, { name: 'quality' });
  // @ts-expect-error -- no such option
  await pool.run(['a'], { abortSignal: AbortSignal.timeout(1) });
  // @ts-expect-error -- a result of another type
  const wrong: number = await pool.run(['a']);

  // Another file is not known.
  const other = await pool.run({ any: 'thing' }, { filename: '/other.js', name: 'rotate' });
  same<typeof other, any>(true);
  return void wrong;
}

export async function moved (pixels: Uint8Array): Promise<void> {
  const brighter = await pool.run(move(pixels), { name: 'brighten' });
  same<typeof brighter, Uint8Array>(true);
  await pool.run(pixels, { name: 'brighten' });
  const cropped = await pool.run(move(new Float32Array(1)), { name: 'crop' });
  same<typeof cropped, Float32Array>(true);
  const { wrapped } = await pool.run(null, { name: 'wrap' });
  same<typeof wrapped, boolean>(true);

  const own = {
    [Piscina.transferableSymbol]: pixels.buffer,
    [Piscina.valueSymbol]: { pixels, width: 4 }
  };
  const resized = await pool.run(move(own), { name: 'resize' });
  same<typeof resized, Picture>(true);
  // @ts-expect-error -- moved, but of another kind
  await pool.run(move(pixels), { name: 'crop' });
  // @ts-expect-error -- what was moved is in a wrapper
  move(pixels).length;
}

export async function moduleExports (): Promise<void> {
  const functions = new Piscina<FunctionWorker>({ filename: '/worker.js' });
  const sum = await functions.run([1, 2]);
  same<typeof sum, number>(true);
  const twice = await functions.run(2, { name: 'twice' });
  same<typeof twice, number>(true);
  // @ts-expect-error -- numbers
  await functions.run(['1']);
  const promised = await new Piscina<Promise<(task: string) => Date>>().run('today');
  same<typeof promised, Date>(true);
}

/** What piscina's own type arguments mean stays as it is, whatever they look like. */
export async function tasks (): Promise<void> {
  class Job { constructor (readonly id: number) {} start (): number { return this.id; } }
  const job = await new Piscina<Job, string>().run(new Job(1));
  same<typeof job, string>(true);
  const bytes = await new Piscina<Uint8Array>().run(new Uint8Array(1), { name: 'any' });
  same<typeof bytes, any>(true);
  const plain = await new Piscina<{ a: number, b?: string[] }, Map<string, Date>>().run({ a: 1 }, { filename: '/other.js' });
  same<typeof plain, Map<string, Date>>(true);
  const anything = await new Piscina().run({ any: 'thing' }, { name: 'any' });
  same<typeof anything, any>(true);
  // @ts-expect-error -- a task of another type
  await new Piscina<Date>().run(1);
}

/** Subclasses: of a typed pool, with types of their own, and with `run()` in other words. */
class Typed extends Piscina<Worker> {}
class Timed<T, R> extends Piscina<T, R> {
  override run (task: T): Promise<R> { return super.run(task, { signal: AbortSignal.timeout(1) }); }
  several (list: T[]): Promise<R[]> { return Promise.all(list.map((task) => this.run(task))); }
}
class Plain extends Piscina {
  override async run (task: { id: number }): Promise<string> { return super.run(task, { name: 'plain' }); }
}
class Elsewhere extends Piscina<string, Buffer> {
  async first (text: string) { return super.run(text); }
  async second (text: string) { return super.run(text, { name: 'second' }); }
  async third (text: string) { return super.run(text, { filename: '/third.js' }); }
}
class OneArgument extends Piscina<string[]> {}

export async function subclasses (): Promise<void> {
  const text = await new Typed().run(['a']);
  same<typeof text, string>(true);
  const resized = await new Typed().run({ pixels: new Uint8Array(1), width: 1 }, { name: 'resize' });
  same<typeof resized, Picture>(true);
  const timed = await new Timed<number, Date>().several([1]);
  same<typeof timed, Date[]>(true);
  const plain = await new Plain().run({ id: 1 });
  same<typeof plain, string>(true);
  const buffers = await Promise.all([new Elsewhere().first('a'), new Elsewhere().second('a'), new Elsewhere().third('a')]);
  same<typeof buffers, [Buffer, Buffer, Buffer]>(true);
  const one = await new OneArgument().run(['a']);
  same<typeof one, any>(true);
  const pools: Piscina[] = [pool, new Typed(), new Timed<number, Date>(), new Plain(), new OneArgument()];
  const lookalike: { run (task: string[]): Promise<string> } = pool;
  return void [pools, lookalike];
}

same<TaskOf<Worker, 'now'>, null | undefined>(true);
same<ResultOf<Worker, 'resize'>, Picture>(true);
