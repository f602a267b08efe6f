'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const { blake3: reference } = require('./blake3-reference');
const { entry, hex, kernels, pattern, runProgram } = require('./support');

const timeout = 180_000;

/** Starts a Worker that runs `source` with `startKernel` and `parentPort` in scope. */
function startWorker (source, workerData) {
  return new Worker(`const { parentPort, workerData } = require('node:worker_threads');
    const { startKernel } = require(${JSON.stringify(entry)});
    const { kernels } = require(${JSON.stringify(path.join(path.dirname(entry), 'index.js'))});
    ${source}`, { eval: true, workerData });
}

const ended = (worker) => new Promise((resolve) => worker.once('exit', resolve));
const message = (worker) => new Promise((resolve, reject) => {
  worker.once('message', resolve);
  worker.once('error', reject);
});

/** A program that must end in good order, whatever its kernels are at. */
async function endsWith (code, source, options) {
  const ending = await runProgram(source, options);
  assert.equal(ending.signal, null, `ended by a signal: ${ending.stderr}`);
  assert.equal(ending.code, code, ending.stderr);
  return ending;
}

// Calls of every kind of memory, each too long to be over when its environment ends: they read, write in place, write
// an output of their own or one that is lent, have many inputs, have several steps.
const kinds = {
  value: 'startKernel("blake3", new Uint8Array(1 << 28))',
  'in place': 'startKernel("probe.spin", new Uint8Array(1 << 16), { milliseconds: 60000 })',
  output: 'startKernel("probe.double", new Uint8Array(1 << 26))',
  'lent output': `startKernel("probe.grow", new Uint8Array(1 << 10), { times: 1 << 17 },
    { out: new Uint8Array(1 << 27) })`,
  'many inputs': `kernels.map("probe.spin", Array.from({ length: 20 }, () => new Uint8Array(1 << 12)),
    { milliseconds: 3000 })`,
  pipeline: `kernels.pipeline([["probe.double"], ["probe.invert"], ["probe.spin", { milliseconds: 60000 }]])
    .run(new Uint8Array(1 << 22))`
};

test('many Workers and the main thread use kernels at once', { timeout }, async () => {
  const workers = Array.from({ length: 8 }, (_, index) => startWorker(`
    (async () => {
      const digests = [];
      for (let round = 0; round < 50; round++) {
        const { value } = await startKernel('blake3', new Uint8Array(workerData * 1000 + round).fill(workerData));
        digests.push(Buffer.from(value).toString('hex'));
      }
      parentPort.postMessage(digests);
    })();`, index));
  const messages = workers.map(message);
  const exits = workers.map(ended);
  const here = await kernels.blake3(pattern(1000));
  assert.equal(hex(here.value), hex(reference(pattern(1000))));
  for (const [index, digests] of (await Promise.all(messages)).entries()) {
    assert.equal(digests.length, 50);
    assert.equal(digests[49], hex(reference(new Uint8Array(index * 1000 + 49).fill(index))));
  }
  assert.deepEqual(new Set(await Promise.all(exits)), new Set([0]));
});

for (const [kind, call] of Object.entries(kinds)) {
  test(`a Worker is terminated while a kernel works on its memory (${kind}), 50 times`, { timeout }, async () => {
    for (let round = 0; round < 50; round++) {
      const worker = startWorker(`${call}; parentPort.postMessage(0);`);
      const exit = ended(worker);
      await message(worker);
      // At another point of the kernel each time.
      if (round % 5 > 0) await new Promise((resolve) => setTimeout(resolve, round % 5));
      await worker.terminate();
      await exit;
    }
    const { value } = await kernels.blake3(pattern(10));
    assert.equal(hex(value), hex(reference(pattern(10))), 'the threads serve on');
  });

  test(`process.exit() on the main thread while a kernel runs (${kind})`, { timeout }, async () => {
    for (let round = 0; round < 10; round++) {
      await endsWith(7, `${call}; setTimeout(() => process.exit(7), ${round});`);
    }
  });

  test(`process.exit() on the main thread while a Worker's kernel runs (${kind})`, { timeout }, async () => {
    for (let round = 0; round < 10; round++) {
      await endsWith(7, `
        const worker = new Worker('const { startKernel } = require(' + JSON.stringify(entry) + ');' +
          'const { kernels } = require(' + JSON.stringify(entry.replace('call.js', 'index.js')) + ');' +
          ${JSON.stringify(call)} + '; require("node:worker_threads").parentPort.postMessage(0);', { eval: true });
        ${call};
        worker.once('message', () => setTimeout(() => process.exit(7), ${round}));`);
    }
  });

  test(`process.exit() in a Worker ends only that, while its kernel runs (${kind})`, { timeout }, async () => {
    for (let round = 0; round < 10; round++) {
      const worker = startWorker(`${call}; setTimeout(() => process.exit(3), ${round});`);
      assert.equal(await ended(worker), 3);
    }
  });

  test(`an uncaught exception ends the process while a kernel runs (${kind})`, { timeout }, async () => {
    for (let round = 0; round < 5; round++) {
      const { stderr } = await endsWith(1, `${call}; setTimeout(() => { throw new Error('uncaught'); }, ${round});`);
      assert.match(stderr, /uncaught/);
    }
  });
}

test('an exit in the very turn in which kernels finish', { timeout }, async () => {
  await endsWith(5, `
    const calls = Array.from({ length: 200 }, () => startKernel('blake3', new Uint8Array(1000)));
    calls[100].then(() => process.exit(5));`);
});

test('a Worker is terminated while thousands of its calls wait and finish', { timeout }, async () => {
  for (let round = 0; round < 10; round++) {
    const worker = startWorker(`
      for (let index = 0; index < 2000; index++) startKernel('blake3', new Uint8Array(1000 + index));
      parentPort.postMessage(0);`);
    const exit = ended(worker);
    await message(worker);
    await worker.terminate();
    await exit;
  }
});

test('a terminated Worker does not wait for the kernels of others', { timeout }, async () => {
  const controller = new AbortController();
  const others = Array.from({ length: 8 }, () => require(entry).startKernel(
    'probe.spin', new Uint8Array(1), { milliseconds: 150_000 }, { signal: controller.signal }));
  const settled = Promise.allSettled(others);
  const worker = startWorker(`${kinds.value}; parentPort.postMessage(0);`);
  const exit = ended(worker);
  await message(worker);
  await worker.terminate();
  await exit;
  controller.abort();
  for (const { reason } of await settled) assert.equal(reason.code, 'ABORT_ERR');
});

test('an idle program ends by itself after its kernels, and not before', { timeout }, async () => {
  const { stdout } = await endsWith(0, `
    startKernel('probe.spin', new Uint8Array(1), { milliseconds: 200 }).then(() => console.log('finished'));`);
  assert.equal(stdout, 'finished\n');
  await endsWith(0, 'launchKernel;');
});

test('a program whose kernel is aborted ends by itself', { timeout }, async () => {
  await endsWith(0, `
    const controller = new AbortController();
    startKernel('probe.spin', new Uint8Array(1), { milliseconds: 60000 }, { signal: controller.signal })
      .catch(() => {});
    setTimeout(() => controller.abort(), 20);`);
});

test('the threads survive the last Worker that had loaded the addon', { timeout }, async () => {
  const { stdout } = await runProgramWithoutAddon(`
    const { Worker } = require('node:worker_threads');
    const once = () => new Promise((resolve, reject) => {
      const worker = new Worker(
        'const { startKernel } = require(' + JSON.stringify(entry) + ');' +
        'startKernel("blake3", new Uint8Array(1 << 22)).then(({ value }) => ' +
        'require("node:worker_threads").parentPort.postMessage(value[0]));', { eval: true });
      worker.once('message', (first) => console.log(first));
      worker.once('error', reject);
      worker.once('exit', resolve);
    });
    (async () => {
      for (let round = 0; round < 5; round++) {
        await once();
        // The threads are idle by now, or about to be; nothing in this process has the addon open.
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();`);
  assert.equal(stdout.trim().split('\n').length, 5);
});

/** Like `runProgram`, but the main thread of the program has not loaded the addon. */
async function runProgramWithoutAddon (source) {
  const { spawnSync } = require('node:child_process');
  const child = spawnSync(process.execPath, ['-e', `const entry = ${JSON.stringify(entry)}; ${source}`],
    { encoding: 'utf8', timeout: 60_000 });
  assert.equal(child.signal, null, child.stderr);
  assert.equal(child.status, 0, child.stderr);
  return child;
}

test('the environment sets the number of threads, and a bad number is an error that keeps the buffer',
  { timeout }, async () => {
    const program = `
      console.log(kernels.threads());
      startKernel('blake3', new Uint8Array(1 << 22)).then(() => console.log(kernels.threads()));`;
    const { stdout } = await endsWith(0, program, { env: { ROCKPOOL_KERNEL_THREADS: '3' } });
    assert.equal(stdout, '3\n3\n');

    const bad = await endsWith(0, `
      startKernel('blake3', new Uint8Array(5)).catch(({ code, buffer }) => console.log(code, buffer.length));`,
    { env: { ROCKPOOL_KERNEL_THREADS: 'many' } });
    assert.equal(bad.stdout, 'ERR_ROCKPOOL_KERNEL_THREADS 5\n');
  });

test('the number of threads is set once, before the first kernel', { timeout }, async () => {
  const { stdout } = await endsWith(0, `
    for (const threads of [0, 1.5, '2', 5000, null]) {
      try { kernels.configure({ threads }); console.log('accepted', threads); } catch ({ code }) {
        if (code !== 'ERR_ROCKPOOL_INVALID_ARGUMENT') console.log(code);
      }
    }
    kernels.configure({ threads: 1 });
    kernels.configure({ threads: 2 });
    startKernel('blake3', new Uint8Array(5)).then(() => {
      kernels.configure({ threads: 2 });
      try { kernels.configure({ threads: 3 }); } catch ({ code, message }) { console.log(code, message); }
      console.log(kernels.threads());
    });`, { env: { ROCKPOOL_KERNEL_THREADS: '7' } });
  assert.match(stdout, /^ERR_ROCKPOOL_KERNEL_THREADS 2 kernel threads are running already.*\n2\n$/);
});
