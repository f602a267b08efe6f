'use strict';

/**
 * The smallest task: what remains is the pool.
 *
 * @param {{ a: number, b: number }} task
 */
module.exports = ({ a, b }) => a + b;
