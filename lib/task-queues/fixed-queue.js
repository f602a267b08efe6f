'use strict';

/**
 * One place in the queue.
 *
 * @typedef {object} Node
 * @property {any} task
 * @property {Node | null} previous
 * @property {Node | null} next
 * @property {Node | null} again The next place of the same task, when it was pushed more than once.
 */

/**
 * A first-in, first-out queue in which every operation takes the same time at any length, removal from the middle
 * included: a linked list, and a map from each task to its first place.
 */
class FixedQueue {
  /** @type {Node | null} */
  #first = null;
  /** @type {Node | null} */
  #last = null;
  #size = 0;
  /** @type {Map<any, Node>} Each task's place nearest the front. */
  #places = new Map();
  /** @type {Map<any, Node>} The place nearest the end, of those tasks only that have more than one. */
  #repeated = new Map();

  /** How many tasks wait. */
  get size () {
    return this.#size;
  }

  isEmpty () {
    return this.#size === 0;
  }

  /** @param {any} task */
  push (task) {
    /** @type {Node} */
    const node = { task, previous: this.#last, next: null, again: null };
    if (this.#last === null) this.#first = node;
    else this.#last.next = node;
    this.#last = node;
    this.#size++;

    const place = this.#places.get(task);
    if (place === undefined) {
      this.#places.set(task, node);
    } else {
      (this.#repeated.get(task) ?? place).again = node;
      this.#repeated.set(task, node);
    }
  }

  /**
   * Puts a task in front of all others.
   *
   * @param {any} task
   */
  unshift (task) {
    const place = this.#places.get(task) ?? null;
    /** @type {Node} */
    const node = { task, previous: null, next: this.#first, again: place };
    if (this.#first === null) this.#last = node;
    else this.#first.previous = node;
    this.#first = node;
    this.#size++;

    this.#places.set(task, node);
    if (place !== null && !this.#repeated.has(task)) this.#repeated.set(task, place);
  }

  /** Takes the first task; null when there is none. */
  shift () {
    const node = this.#first;
    if (node === null) return null;
    this.#unlink(node);
    return node.task;
  }

  /**
   * Forgets a task, the first place of it when it has several. One that is not here is no fault.
   *
   * @param {any} task
   */
  remove (task) {
    const node = this.#places.get(task);
    if (node !== undefined) this.#unlink(node);
  }

  /** @param {Node} node The first place of its task. */
  #unlink (node) {
    const { task, previous, next, again } = node;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    this.#size--;

    if (again === null) {
      this.#places.delete(task);
    } else {
      this.#places.set(task, again);
      if (again.again === null) this.#repeated.delete(task);
    }
  }
}

module.exports = { FixedQueue };
