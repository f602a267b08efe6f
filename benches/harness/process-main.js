'use strict';

const { Runner } = require('./runner');

/**
 * The process of one contestant. The test runner hooks into every promise of its own process,
 * which makes each some thirty times as slow, so nothing is measured there.
 */

const runner = new Runner();

/** @param {{ ok: boolean, value?: unknown, error?: string }} reply */
const send = (reply) => /** @type {NonNullable<typeof process.send>} */ (process.send)(reply);

/** @param {unknown} error */
const describe = (error) => String(error).replace(/^Error: /, '');

process.on('message', async (/** @type {{ act: 'prepare' | 'sample' | 'finish', role?: any }} */ { act, role }) => {
  try {
    const value = act === 'prepare' ? await runner.prepare(role) : await runner[act]();
    send({ ok: true, value });
  } catch (error) {
    send({ ok: false, error: describe(error) });
  }
});

process.on('uncaughtException', (error) => {
  /** @type {any} */ (process).send({ ok: false, error: `uncaught ${describe(error)}` }, () => process.exit(1));
});

// The parent is gone.
process.on('disconnect', () => process.exit());
