'use strict';

const { brief, logarithmic } = require('./scale');
const { drawStack, element, inLines, line, write } = require('./svg');

const WIDTH = 760;
const LEFT = 250;
const RIGHT = 580;
const ROW = 20;

/** Characters of a title in a line, and the height of one. */
const [TITLE, TITLE_LINE] = [84, 18];

/**
 * @typedef {object} Mark
 * @property {number} value
 * @property {string} className
 * @property {boolean} [faint] one of many samples
 *
 * @typedef {object} Row
 * @property {string} label
 * @property {string} [labelClass]
 * @property {Mark[]} marks
 * @property {string} note what stands behind the row
 *
 * @typedef {object} Panel rows on one axis
 * @property {string} title
 * @property {string} axis what is measured, in which unit
 * @property {Row[]} rows
 * @property {number} [even] where a line says that both are alike
 */

/**
 * @param {Panel} panel
 * @param {number} top
 * @returns {{ parts: string[], height: number }}
 */
function drawPanel ({ title, axis, rows, even }, top) {
  const values = rows.flatMap(({ marks }) => marks.map(({ value }) => value));
  const { at, ticks } = logarithmic(even === undefined ? values : [...values, even], LEFT, RIGHT);
  const titles = inLines(title, TITLE);
  const first = top + 12 + titles.length * TITLE_LINE;
  const bottom = first + rows.length * ROW;
  const parts = titles.map((text, index) => write(0, top + 14 + index * TITLE_LINE, text, 'title'));
  for (const tick of ticks) {
    parts.push(line(at(tick), first, at(tick), bottom, 'grid'), write(at(tick), bottom + 14, brief(tick), 'soft', 'middle'));
  }
  if (even !== undefined) {
    parts.push(line(at(even), first, at(even), bottom, 'even'));
  }
  rows.forEach(({ label, labelClass, marks, note }, index) => {
    const middle = first + (index + 0.5) * ROW;
    parts.push(write(LEFT - 10, middle + 4, label, labelClass, 'end'));
    for (const { value, className, faint } of marks) {
      parts.push(faint
        ? element('circle', { cx: at(value), cy: middle, r: 4, class: `${className} faint` })
        : element('rect', { x: at(value) - 2, y: middle - 7, width: 4, height: 14, rx: 1, class: className }));
    }
    parts.push(write(RIGHT + 12, middle + 4, note, labelClass));
  });
  parts.push(write(RIGHT, bottom + 28, axis, 'soft', 'end'));
  return { parts, height: bottom + 40 - top };
}

/**
 * @param {string} title
 * @param {Panel[]} panels
 * @param {string[]} legend
 */
function drawRows (title, panels, legend) {
  return drawStack(WIDTH, title, legend, panels, drawPanel);
}

module.exports = { drawRows };
