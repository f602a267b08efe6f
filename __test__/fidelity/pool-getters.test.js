'use strict';

const assert = require('node:assert/strict');

const { assertSame } = require('./same.js');
const { describeEverywhere, forEach } = require('./pools.js');

/** What stands beside a getter, and decides on the lane. */
const companions = /** @type {[string, () => any][]} */ ([
  ['nothing', () => ({})],
  ['something that only the port carries', () => ({ pattern: /x/g })],
  ['more than the codec takes', () => ({ long: 'x'.repeat(100_000) })],
  ['much that the codec takes', () => ({ list: Array.from({ length: 2000 }, (_, i) => ({ i })) })]
]);

/** @type {[string, () => object | undefined][]} */
const lists = [['', () => undefined], [' and a transfer list', () => ({ transferList: [new ArrayBuffer(1)] })]];

const shapes = /** @type {[string, (get: () => unknown, rest: object) => any][]} */ ([
  ['first', (get, rest) => ({ get a () { return get(); }, ...rest })],
  ['last', (get, rest) => Object.defineProperty({ ...rest }, 'z', { get, enumerable: true })],
  ['deep', (get, rest) => ({ before: { a: [{ get b () { return get(); } }] }, after: rest })]
]);

const cases = companions.flatMap(([companion, rest]) => lists.flatMap(([list, runOptions]) =>
  shapes.map(([shape, make]) => /** @type {[string, any, any, any]} */ (
    [`${shape}, beside ${companion}${list}`, make, rest, runOptions]))));

describeEverywhere('a getter', (test) => {
  test('runs once, during run()', (pool) => forEach(cases, async (name, make, rest, runOptions) => {
    let runs = 0;
    const value = make(() => ++runs, rest());
    const task = pool.run(value, runOptions());
    assert.equal(runs, 1);
    const reply = await task;
    assert.equal(runs, 1);
    assertSame(reply, structuredClone(make(() => 1, rest())));
  }));

  test('may submit a task itself', (pool) => forEach(cases, async (name, make, rest, runOptions) => {
    const inner = () => ({ inner: [1, { two: 2 }], name });
    const posted = () => ({ posted: new Map([[/x/, name]]) });
    /** @type {Promise<any>[]} */
    const tasks = [];
    const submitAll = () => {
      tasks.push(pool.run(inner()), pool.run(posted()));
      tasks.push(pool.run(inner(), { transferList: [new ArrayBuffer(8)] }));
      return name;
    };
    const outer = pool.run(make(submitAll, rest()), runOptions());
    assert.equal(tasks.length, 3);
    assertSame(await outer, structuredClone(make(() => name, rest())));
    const replies = await Promise.all(tasks);
    assertSame(replies, structuredClone([inner(), posted(), inner()]).map((reply) => structuredClone(reply)));
  }));

  test('that submits tasks may throw', (pool) => forEach(cases, async (name, make, rest, runOptions) => {
    const error = new RangeError('from the getter');
    /** @type {Promise<any>[]} */
    const tasks = [];
    const submitAndThrow = () => {
      tasks.push(pool.run({ name }), pool.run([/x/]));
      throw error;
    };
    const outer = pool.run(make(submitAndThrow, rest()), runOptions());
    await assert.rejects(outer, (thrown) => thrown === error);
    assertSame(await Promise.all(tasks), [{ name }, [/x/]]);
  }));

  test('that throws rejects the task with its own error', (pool) =>
    forEach(cases, async (name, make, rest, runOptions) => {
      let runs = 0;
      const error = new RangeError('from the getter');
      const value = make(() => { runs++; throw error; }, rest());
      await assert.rejects(pool.run(value, runOptions()), (thrown) => thrown === error);
      assert.equal(runs, 1);
      assertSame(await pool.run({ after: 1 }), { after: 1 });
    }));

  test('that aborts its own task rejects it, and the others go on', (pool) =>
    forEach(cases, async (name, make, rest, runOptions) => {
      const controller = new AbortController();
      const value = make(() => { controller.abort(); return 1; }, rest());
      const task = pool.run(value, { ...runOptions(), signal: controller.signal });
      const next = pool.run({ next: name });
      await assert.rejects(task, { name: 'AbortError' });
      assertSame(await next, { next: name });
    }));
});
