'use strict';

const { brief, logarithmic } = require('./scale');
const { drawStack, element, line, write } = require('./svg');

const WIDTH = 760;
const LEFT = 60;
const RIGHT = 560;
const HEIGHT = 200;

/** Pixels between two names at the ends of lines. */
const APART = 14;

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} className
 * @property {[x: number, y: number][]} points from left to right
 *
 * @typedef {object} Panel
 * @property {string} title
 * @property {string} across what the axis to the right counts
 * @property {string} up what the axis upwards measures
 * @property {Line[]} lines
 */

/**
 * @param {Panel} panel
 * @param {number} top
 */
function drawPanel ({ title, across, up, lines }, top) {
  const points = lines.flatMap((one) => one.points);
  const x = logarithmic(points.map(([value]) => value), LEFT, RIGHT);
  const [first, bottom] = [top + 44, top + 44 + HEIGHT];
  const y = logarithmic(points.map(([, value]) => value), bottom, first);
  const parts = [write(0, top + 14, title, 'title'), write(0, top + 32, up, 'soft')];
  for (const tick of y.ticks) {
    parts.push(line(LEFT, y.at(tick), RIGHT, y.at(tick), 'grid'), write(LEFT - 8, y.at(tick) + 4, brief(tick), 'soft', 'end'));
  }
  for (const tick of new Set(points.map(([value]) => value))) {
    parts.push(line(x.at(tick), first, x.at(tick), bottom, 'grid'), write(x.at(tick), bottom + 14, brief(tick), 'soft', 'middle'));
  }
  parts.push(write(RIGHT, bottom + 30, across, 'soft', 'end'));

  for (const { className, points } of lines) {
    const path = points.map(([across, up], at) => `${at === 0 ? 'M' : 'L'}${x.at(across).toFixed(1)} ${y.at(up).toFixed(1)}`);
    // The element's own style is stronger than the class, which fills what else it is on.
    parts.push(element('path', { d: path.join(' '), class: `${className} line`, style: 'fill: none' }));
    parts.push(...points.map(([across, up]) => element('circle', { cx: x.at(across), cy: y.at(up), r: 3, class: className })));
  }
  let free = -Infinity;
  const ends = lines.map(({ name, className, points }) => ({ name, className, end: points[points.length - 1] }));
  for (const { name, className, end } of ends.sort((a, b) => b.end[1] - a.end[1])) {
    free = Math.max(free + APART, y.at(end[1]) + 4);
    parts.push(write(RIGHT + 12, free, name, className === 'own' ? 'own-text' : 'text'));
  }
  return { parts, height: Math.max(bottom + 40, free + 10) - top };
}

/**
 * @param {string} title
 * @param {Panel[]} panels
 * @param {string[]} legend
 */
function drawLines (title, panels, legend) {
  return drawStack(WIDTH, title, legend, panels, drawPanel);
}

module.exports = { drawLines };
