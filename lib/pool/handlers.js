'use strict';

/** The handlers of a pool, by number: what the record of a task carries instead of two strings. */
class Handlers {
  /**
   * @param {{ defineHandler (filename: string, name: string): number }} native
   * @param {string | null} filename
   * @param {string} name
   */
  constructor (native, filename, name) {
    this.native = native;
    // What handler 0 is, whatever is written into the options later: what most tasks run. The number is given out even
    // if the pool has no file of its own.
    this.defaultFilename = filename;
    this.defaultName = name;
    native.defineHandler(filename ?? '', name);
    /** The file of each handler. */
    this.filenames = [filename];
    /** @type {Map<string, number>} */
    this.numbers = new Map();
  }

  /**
   * @param {string} filename
   * @param {string} name
   * @returns {number}
   */
  numberOf (filename, name) {
    if (filename === this.defaultFilename && name === this.defaultName) return 0;
    const key = `${name}\0${filename}`;
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.native.defineHandler(filename, name);
      this.filenames[number] = filename;
      this.numbers.set(key, number);
    }
    return number;
  }
}

module.exports = { Handlers };
