'use strict';

const assert = require('node:assert/strict');

/** What a sample of a family of each type may be called, behind the family's name. */
const suffixes = { gauge: [''], counter: ['_total', '_created'], summary: ['', '_sum', '_count'], info: ['_info'] };

/** @param {string} text the labels, without their braces */
function parseLabels (text) {
  const labels = {};
  let rest = text;
  while (rest !== '') {
    const match = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,(?=.)|$)/.exec(rest);
    assert.ok(match !== null, `labels: ${rest}`);
    assert.ok(!Object.hasOwn(labels, match[1]), `label twice: ${match[1]}`);
    labels[match[1]] = match[2].replace(/\\(.)/g, (_, char) => char === 'n' ? '\n' : char);
    rest = rest.slice(match[0].length);
  }
  return labels;
}

/**
 * Reads a text in the format of OpenMetrics 1.0, as far as this package uses it, and throws where it is wrong.
 *
 * @param {string} text
 * @returns {Map<string, { type: string, unit?: string, help?: string, samples: { name: string, labels: any, value: number }[] }>}
 */
function parseOpenMetrics (text) {
  assert.ok(text.endsWith('# EOF\n'), 'ends with # EOF');
  const lines = text.slice(0, -1).split('\n');
  assert.equal(lines.pop(), '# EOF');
  const families = new Map();
  const seen = new Set();
  let family;
  let current = '';
  for (const line of lines) {
    const meta = /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (meta !== null) {
      const [, kind, name, rest] = meta;
      if (kind === 'TYPE') {
        assert.ok(!families.has(name), `${name}: samples of a family stand together`);
        assert.ok(Object.hasOwn(suffixes, rest), `type ${rest}`);
        family = { type: rest, samples: [] };
        families.set(name, family);
        current = name;
        continue;
      }
      assert.ok(family !== undefined && name === current && family.samples.length === 0, `metadata first: ${line}`);
      const key = kind.toLowerCase();
      assert.ok(family[key] === undefined, `once: ${line}`);
      if (kind === 'UNIT') assert.ok(name.endsWith(`_${rest}`), `${name} ends with its unit`);
      family[key] = rest;
      continue;
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    assert.ok(sample !== null, `no sample: ${line}`);
    const [, name, labelText = '', number] = sample;
    assert.ok(family !== undefined && suffixes[family.type].some((suffix) => name === current + suffix), `of no family: ${line}`);
    assert.match(number, /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i);
    const labels = parseLabels(labelText);
    const value = Number(number);
    const identity = `${name}${JSON.stringify(Object.entries(labels).sort())}`;
    assert.ok(!seen.has(identity), `twice: ${line}`);
    seen.add(identity);
    if (family.type === 'counter' || name.endsWith('_count')) assert.ok(value >= 0, line);
    if (family.type === 'info') assert.equal(value, 1);
    if (family.type === 'summary' && name === current) {
      assert.ok(Number(labels.quantile) >= 0 && Number(labels.quantile) <= 1, line);
    }
    family.samples.push({ name, labels, value });
  }
  for (const [name, { help, samples }] of families) {
    assert.ok(help !== undefined, `${name} says what it is`);
    assert.ok(samples.length > 0, `${name} has samples`);
  }
  return families;
}

module.exports = { parseOpenMetrics };
