'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const fc = require('fast-check');

const { ArrayTaskQueue, FixedQueue, isTaskQueue } = require('../../lib/task-queues');

/** @param {{ shift: () => any }} queue */
function drain (queue) {
  const tasks = [];
  for (let task = queue.shift(); task !== null; task = queue.shift()) tasks.push(task);
  return tasks;
}

/** @param {number} length */
const makeTasks = (length) => Array.from({ length }, (_, id) => ({ id }));

for (const Queue of [FixedQueue, ArrayTaskQueue]) {
  test(`${Queue.name} is a task queue`, () => {
    assert.ok(isTaskQueue(new Queue()));
  });

  test(`${Queue.name} gives back in the order it took in, and null when empty`, () => {
    const queue = new Queue();
    assert.equal(queue.shift(), null);
    assert.equal(queue.size, 0);
    const tasks = makeTasks(5000);
    for (const task of tasks) queue.push(task);
    assert.equal(queue.size, 5000);
    assert.deepEqual(drain(queue), tasks);
    assert.equal(queue.size, 0);
    assert.equal(queue.shift(), null);
  });

  test(`${Queue.name} takes a task back to the front`, () => {
    const queue = new Queue();
    const [a, b, c] = makeTasks(3);
    queue.unshift(b);
    queue.push(c);
    queue.unshift(a);
    assert.deepEqual(drain(queue), [a, b, c]);
  });

  test(`${Queue.name} does not mind the removal of a task that it does not have`, () => {
    const queue = new Queue();
    const [a, b] = makeTasks(2);
    queue.remove(a);
    queue.push(a);
    queue.remove(b);
    assert.equal(queue.size, 1);
    queue.remove(a);
    queue.remove(a);
    assert.equal(queue.size, 0);
  });

  // 2,047 and 2,048 are where piscina's queue begins a new block.
  for (const length of [1, 2, 2047, 2048, 2049, 6000]) {
    for (const [place, index] of /** @type {Array<[string, number]>} */ (
      [['first', 0], ['middle', length >> 1], ['last', length - 1]])) {
      test(`${Queue.name} of ${length} tasks loses the ${place} one and no other`, () => {
        const queue = new Queue();
        const tasks = makeTasks(length);
        for (const task of tasks) queue.push(task);
        queue.remove(tasks[index]);
        assert.equal(queue.size, length - 1);
        const added = { id: -1 };
        queue.push(added);
        tasks.splice(index, 1);
        assert.deepEqual(drain(queue), [...tasks, added]);
      });
    }
  }

  test(`${Queue.name} does what an array does, whatever the order of the calls`, () => {
    // Few different tasks, so that one is often there more than once.
    const task = fc.integer({ min: 0, max: 4 });
    const call = fc.oneof(
      fc.record({ name: fc.constantFrom('push', 'push', 'unshift', 'remove'), task }),
      fc.constant({ name: 'shift', task: -1 })
    );
    const all = makeTasks(5);
    fc.assert(fc.property(fc.array(call, { maxLength: 60 }), (calls) => {
      /** @type {any} */
      const queue = new Queue();
      /** @type {any[]} */
      const model = [];
      for (const { name, task: index } of calls) {
        const value = all[index];
        if (name === 'shift') {
          assert.equal(queue.shift(), model.shift() ?? null);
        } else if (name === 'remove') {
          queue.remove(value);
          if (model.includes(value)) model.splice(model.indexOf(value), 1);
        } else {
          queue[name](value);
          /** @type {any} */ (model)[name](value);
        }
        assert.equal(queue.size, model.length);
      }
      assert.deepEqual(drain(queue), model);
    }), { numRuns: 500 });
  });
}

test('FixedQueue knows whether it is empty', () => {
  const queue = new FixedQueue();
  assert.equal(queue.isEmpty(), true);
  queue.push({});
  assert.equal(queue.isEmpty(), false);
  queue.shift();
  assert.equal(queue.isEmpty(), true);
});

test('FixedQueue forgets what it gave back', () => {
  const queue = new FixedQueue();
  const [task] = makeTasks(1);
  queue.push(task);
  queue.push(task);
  queue.unshift(task);
  assert.equal(queue.size, 3);
  queue.shift();
  queue.remove(task);
  assert.equal(queue.size, 1);
  assert.equal(queue.shift(), task);
  queue.remove(task);
  assert.equal(queue.size, 0);
  assert.equal(queue.isEmpty(), true);
});

test('ArrayTaskQueue shows its tasks', () => {
  const queue = new ArrayTaskQueue();
  const tasks = makeTasks(2);
  for (const task of tasks) queue.push(task);
  assert.deepEqual(queue.tasks, tasks);
});

test('a queue needs size, shift, push and remove', () => {
  const whole = { size: 0, shift () {}, push () {}, remove () {} };
  assert.ok(isTaskQueue(whole));
  for (const key of Object.keys(whole)) assert.ok(!isTaskQueue({ ...whole, [key]: undefined }) || key === 'size');
  for (const value of [null, undefined, 1, 'queue', [], new Date(), { shift () {}, push () {}, remove () {} }]) {
    assert.ok(!isTaskQueue(value));
  }
});
