'use strict';

/** A worker is another thread: the store does not follow, so the task carries the id. */
module.exports = ({ requestId, text }) => `${text.toUpperCase()} (${requestId} in the worker)`;
