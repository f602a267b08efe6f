'use strict';

const { answers, wakeups } = require('./tables');

const { WAKEUP_BITS } = answers;
const WAKEUP_MASK = (1 << WAKEUP_BITS) - 1;

/** @param {number} chosen a worker and how to tell it @returns {number} its slot, below 0 for none */
const slotOf = (chosen) => chosen >> WAKEUP_BITS;

/** @param {number} chosen a worker and how to tell it @returns {number} one of `wakeups` */
const wakeupOf = (chosen) => chosen & WAKEUP_MASK;

/**
 * Whether a worker that is woken so takes its task at once: it sleeps or searches. Any other may be held up by code of
 * the user's, or end before it takes anything.
 *
 * @param {number} wakeup
 */
const takesAtOnce = (wakeup) => wakeup <= wakeups.NOTIFY;

module.exports = { slotOf, wakeupOf, takesAtOnce };
