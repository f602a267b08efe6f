'use strict';

const path = require('node:path');
const { Piscina } = require('rockpool');

async function main () {
  const pool = new Piscina({ filename: path.join(__dirname, 'worker.js'), minThreads: 1, maxThreads: 1 });

  // A time limit. The worker is terminated, whatever it does, and replaced.
  await pool.run(null, { name: 'hang', signal: AbortSignal.timeout(200) }).catch((error) => {
    console.log(`time limit: ${error.name}, because of a ${error.cause.name}`);
  });

  // One signal for many tasks. Those that wait are only taken out of the queue.
  const controller = new AbortController();
  const tasks = Array.from({ length: 1000 }, () => pool.run(null, { name: 'hang', signal: controller.signal }));
  controller.abort(new Error('the user has gone'));
  const outcomes = await Promise.allSettled(tasks);
  const aborted = outcomes.filter(({ reason }) => reason?.code === 'ABORT_ERR');
  console.log(`one signal: ${aborted.length} tasks aborted, because ${aborted[0].reason.cause.message}`);

  // Both: whichever comes first.
  const either = AbortSignal.any([new AbortController().signal, AbortSignal.timeout(100)]);
  await pool.run(null, { name: 'hang', signal: either }).catch(({ code }) => console.log(`either: ${code}`));

  // Where tasks are cancelled often, ask them instead of terminating their workers.
  const stop = new SharedArrayBuffer(4);
  const polite = pool.run(stop, { name: 'polite' });
  setTimeout(() => Atomics.store(new Int32Array(stop), 0, 1), 100);
  console.log(`asked: ${await polite}`);

  await pool.close();
}

main();
