'use strict';

const { Writable } = require('node:stream');

const { Promise, setImmediate, uncurryThis } = require('../host');

const write = uncurryThis(Writable.prototype.write);

/**
 * A stream that tasks print to, which is theirs to change: they may put functions of their own into it that never call
 * back, hold it, or end it. Whatever they do, nobody waits for ever.
 */
class Output {
  /** @param {any} stream `process.stdout` or `process.stderr`, before any code of the user's runs */
  constructor (stream) {
    this.stream = stream;
    this.sink = stream._write;
    this.vectorSink = stream._writev;
  }

  /** Whether something that was printed is not out. */
  get isPending () {
    return this.stream.writableLength > 0;
  }

  /** Waits until pending output is written. */
  async flush () {
    const { stream } = this;
    // Who holds it to write several pieces at once lets it go when the event loop turns.
    if (stream.writableCorked > 0) await new Promise((resolve) => { setImmediate(resolve); });
    if (!this.isPending || stream.writableCorked > 0 || stream.destroyed) return;
    if (stream._write !== this.sink || stream._writev !== this.vectorSink) return;
    await new Promise((resolve) => {
      if (stream.writableEnded) stream.once('close', resolve);
      else write(stream, '', resolve);
    });
  }
}

module.exports = { Output };
