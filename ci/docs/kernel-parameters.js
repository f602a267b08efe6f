'use strict';

// Writes the kernels' parameters from their registry into docs/kernels and index.d.ts, between markers.
// A test fails when they are not current.
//
//   node ci/docs/kernel-parameters.js

const { readFileSync, readdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const { kernels } = require('../..');

/** @typedef {import('../../index').KernelDescription} Kernel */
/** @typedef {import('../../index').KernelParameter} Parameter */

const root = join(__dirname, '..', '..');
const types = join(root, 'index.d.ts');
const folder = join(root, 'docs', 'kernels');
const pages = [join(root, 'docs', 'kernels.md'), ...readdirSync(folder).map((name) => join(folder, name))];

const table = /<!-- parameters: ([\w.]+) -->\n[\s\S]*?<!-- \/parameters -->/g;
const interfaces = /( *\/\/ <parameters>[^\n]*\n)[\s\S]*?( *\/\/ <\/parameters>\n)/;

/** Kernels with the same parameters share an interface; others have one with the name of the kernel. */
const shared = new Map([
  ['search.count', 'SearchParams'],
  ['vector.normalize', 'VectorRowsParams'],
  ['vector.softmax', 'VectorRowsParams'],
  ['vector.topk', 'VectorTopKParams'],
  ['gzip.decompress', 'DecompressParams'],
  ['zstd.decompress', 'DecompressParams'],
  ['image.invert', 'ImageParams'],
  ['image.premultiply', 'ImageParams'],
  ['image.unpremultiply', 'ImageParams']
]);

/** The greatest whole number that a JavaScript number holds for certain: no limit of the kernel's own. */
const EXACT = 2 ** 53 - 1;

/** @param {number | bigint} number */
function show (number) {
  if (typeof number === 'bigint' && number === 2n ** 64n - 1n) return '2^64 - 1';
  if (typeof number === 'number' && (number > 1e15 || (number < 0.01 && number > 0))) {
    const [digits, exponent] = number.toExponential(1).split('e');
    return `${digits} × 10^${Number(exponent)}`;
  }
  return number.toLocaleString('en-US');
}

/** @param {Parameter} parameter @returns {string} the limits of a number or of a length, without a unit */
function range ({ min, max }) {
  if (min === undefined || max === undefined) return '';
  if (min === max) return show(min);
  if (max === EXACT) return `from ${show(min)}`;
  return min === 0 || min === 0n ? `0 to ${show(max)}` : `${show(min)} to ${show(max)}`;
}

/** @param {Parameter} parameter */
const choices = ({ choices = [] }) => choices.map((choice) => `'${choice}'`);

/**
 * The type and the range of a parameter, for the reader of a page.
 *
 * @param {Parameter} parameter
 */
function describe (parameter) {
  switch (parameter.type) {
    case 'integer': return `whole number, ${range(parameter)}`;
    case 'bigint': return `whole number or BigInt, ${range(parameter)}`;
    case 'number': return `number, ${range(parameter)}`;
    case 'boolean': return 'boolean';
    case 'string': return choices(parameter).map((choice) => `\`${choice}\``).join(', ') || 'string';
    case 'Uint8Array': return `${range(parameter)} bytes`;
    case 'Float32Array': return `Float32Array or array, ${range(parameter)} numbers`;
    default: throw new TypeError(`no words for the type ${parameter.type}`);
  }
}

/** A default is a word of JavaScript; of large numbers with separators. @param {string} value */
const showDefault = (value) => /^\d{5,}$/.test(value) ? show(Number(value)) : value;

/** @param {Kernel} kernel */
function tableOf ({ parameters }) {
  const lines = parameters.map((parameter) => {
    const { name, required, default: value, summary } = parameter;
    const missing = required ? 'required' : value === undefined ? 'none' : `\`${showDefault(value)}\``;
    return `| \`${name}\` | ${describe(parameter)} | ${missing} | ${summary} |`;
  });
  return ['| parameter | type | default | |', '|---|---|---|---|', ...lines].join('\n');
}

/** @param {Parameter} parameter @returns {string} its type in TypeScript */
function typeOf (parameter) {
  switch (parameter.type) {
    case 'integer': case 'number': return 'number';
    case 'bigint': return 'number | bigint';
    case 'boolean': return 'boolean';
    case 'string': return choices(parameter).join(' | ') || 'string';
    case 'Uint8Array': return 'KernelParamBytes';
    case 'Float32Array': return 'Float32Array | readonly number[]';
    default: throw new TypeError(`no type for ${parameter.type}`);
  }
}

/** Limits that the type does not say, as a sentence. @param {Parameter} parameter */
function limits (parameter) {
  const within = range(parameter);
  if (within === '') return '';
  const unit = { Uint8Array: ' bytes', Float32Array: ' numbers' }[parameter.type];
  return unit === undefined ? ` Range: ${within}.` : ` Length: ${within}${unit}.`;
}

/** @param {Parameter} parameter */
function propertyOf (parameter) {
  const { name, required, default: value, summary } = parameter;
  const comment = `${summary}${limits(parameter)}${value === undefined ? '' : ` Default ${showDefault(value)}.`}`;
  return [...commentOf(comment, '    '), `    ${name}${required ? '' : '?'}: ${typeOf(parameter)};`];
}

/**
 * A doc comment in lines of 120 columns at most.
 *
 * @param {string} text
 * @param {string} indent
 */
function commentOf (text, indent) {
  if (`${indent}/** ${text} */`.length <= 120) return [`${indent}/** ${text} */`];
  const lines = [`${indent} *`];
  for (const word of text.split(' ')) {
    const last = lines.length - 1;
    if (`${lines[last]} ${word}`.length <= 120) lines[last] += ` ${word}`;
    else lines.push(`${indent} * ${word}`);
  }
  return [`${indent}/**`, ...lines, `${indent} */`];
}

/** @param {string} kernel */
function interfaceOf (kernel) {
  return shared.get(kernel)
    ?? `${kernel.split('.').map((part) => part[0].toUpperCase() + part.slice(1)).join('')}Params`;
}

/** @param {Kernel[]} list */
function interfacesOf (list) {
  /** @type {Map<string, { users: string[], about: string, lines: string[] }>} */
  const made = new Map();
  for (const { name: kernel, summary, parameters } of list) {
    if (parameters.length === 0) continue;
    const name = interfaceOf(kernel);
    const lines = parameters.flatMap(propertyOf);
    const known = made.get(name);
    if (known === undefined) {
      made.set(name, { users: [kernel], about: `: ${summary}`, lines });
      continue;
    }
    if (known.lines.join() !== lines.join()) throw new Error(`${name} is shared by ${kernel} and ${known.users}, whose parameters differ`);
    known.users.push(kernel);
    known.about = '';
  }
  return [...made].map(([name, { users, about, lines }]) => [
    ...commentOf(`Parameters of ${users.map((user) => `\`${user}\``).join(', ')}${about}.`, '  '),
    `  export interface ${name} {`,
    ...lines,
    '  }\n'
  ].join('\n')).join('\n');
}

/**
 * @param {string} file
 * @returns {string} what stands in it, with its generated parts made anew
 */
function generate (file) {
  const text = readFileSync(file, 'utf8');
  const list = kernels.list();
  if (file === types) {
    return text.replace(interfaces, (_, begin, end) => `${begin}\n${interfacesOf(list)}\n${end}`);
  }
  return text.replace(table, (_, name) => {
    const kernel = list.find((one) => one.name === name);
    if (kernel === undefined) throw new Error(`${file} wants the parameters of ${name}, which is no kernel`);
    return `<!-- parameters: ${name} -->\n${tableOf(kernel)}\n<!-- /parameters -->`;
  });
}

const files = [types, ...pages];

if (require.main === module) {
  for (const file of files) writeFileSync(file, generate(file));
}

module.exports = { files, generate };
