'use strict';

const barWidth = 30;
const redrawMilliseconds = 100;

/**
 * @typedef {object} Progress
 * @property {(done: number) => void} update
 * @property {() => void} end
 */

/**
 * A bar that is drawn over itself.
 *
 * @param {NodeJS.WriteStream} stream
 * @param {number} total
 * @returns {Progress}
 */
function createBar (stream, total) {
  const start = performance.now();
  let drawn = -Infinity;
  /** @param {number} done */
  function draw (done) {
    drawn = performance.now();
    const filled = Math.round((done / Math.max(1, total)) * barWidth);
    const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
    const rate = done / Math.max(0.001, (drawn - start) / 1000);
    stream.write(`\r${bar} ${done} of ${total} files, ${rate.toFixed(0)}/s\x1b[K`);
  }
  let last = 0;
  draw(0);
  return {
    update (done) {
      last = done;
      if (performance.now() - drawn >= redrawMilliseconds) draw(done);
    },
    end () {
      draw(last);
      stream.write('\n');
    }
  };
}

/**
 * A line for each tenth, for logs.
 *
 * @param {NodeJS.WriteStream} stream
 * @param {number} total
 * @returns {Progress}
 */
function createLines (stream, total) {
  let tenth = 0;
  return {
    update (done) {
      const reached = Math.floor((done / total) * 10);
      if (reached === tenth) return;
      tenth = reached;
      stream.write(`  ${done} of ${total} files\n`);
    },
    end () {}
  };
}

/**
 * @param {NodeJS.WriteStream} stream
 * @param {number} total
 */
function createProgress (stream, total) {
  return stream.isTTY ? createBar(stream, total) : createLines(stream, total);
}

module.exports = { createProgress };
