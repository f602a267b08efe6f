'use strict';

const { Stage } = require('./stage');

/**
 * The process of one contestant. The test runner hooks into every promise of its own process,
 * which makes each some thirty times as dear; so nothing is measured there.
 */

const stage = new Stage();

/** @param {{ ok: boolean, value?: unknown, error?: string }} reply */
const send = (reply) => /** @type {NonNullable<typeof process.send>} */ (process.send)(reply);

/** @param {unknown} error */
const describe = (error) => String(error).replace(/^Error: /, '');

process.on('message', async (/** @type {{ act: 'prepare' | 'sample' | 'finish', role?: any }} */ { act, role }) => {
  try {
    const value = act === 'prepare' ? await stage.prepare(role) : await stage[act]();
    send({ ok: true, value });
  } catch (error) {
    send({ ok: false, error: describe(error) });
  }
});

process.on('uncaughtException', (error) => {
  /** @type {any} */ (process).send({ ok: false, error: `uncaught ${describe(error)}` }, () => process.exit(1));
});

// Whoever asked is gone.
process.on('disconnect', () => process.exit());
