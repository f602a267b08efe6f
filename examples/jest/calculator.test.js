'use strict';

const { Calculator } = require('./calculator');

/** @type {Calculator} */
let calculator;
beforeAll(() => { calculator = new Calculator(); });
afterAll(() => calculator.close());

test('adds in a worker', async () => {
  await expect(calculator.add(4, 6)).resolves.toBe(10);
});

test('keeps the order of many', async () => {
  const pairs = Array.from({ length: 1000 }, (_, index) => [index, index]);
  await expect(calculator.addMany(pairs)).resolves.toEqual(pairs.map(([a, b]) => a + b));
});

test('rejects with what the worker threw', async () => {
  await expect(calculator.fail()).rejects.toThrow('too much');
  await expect(calculator.fail()).rejects.toBeInstanceOf(RangeError);
});

test('goes on under fake timers', async () => {
  jest.useFakeTimers();
  try {
    await expect(calculator.add(1, 2)).resolves.toBe(3);
  } finally {
    jest.useRealTimers();
  }
});

test('works in a module registry of its own', async () => {
  jest.resetModules();
  const { Calculator: Again } = require('./calculator');
  expect(Again).not.toBe(Calculator);
  const another = new Again();
  await expect(another.add(2, 3)).resolves.toBe(5);
  await another.close();
});
