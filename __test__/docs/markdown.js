'use strict';

const { readFileSync, readdirSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..', '..');

/**
 * One block of JavaScript or TypeScript in a page. A comment on the line before it may say what it is for:
 * `<!-- file: NAME -->`: a file that the other blocks of the page use, not run by itself;
 * `<!-- syntax only: REASON -->`: it cannot run here, but it must parse.
 *
 * @typedef {object} Block
 * @property {number} line
 * @property {string} code
 * @property {boolean} typed whether it is TypeScript, which is compiled and not run
 * @property {string | null} file
 * @property {string | null} syntaxOnly
 */

/** The pages that people read: those at the root, in docs/ and docs/kernels/, and the READMEs of folders. */
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...['docs', 'docs/kernels'].flatMap((folder) =>
    readdirSync(join(root, folder)).filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name}`)),
  'benches/README.md',
  'examples/README.md',
  'src/kernels/README.md',
  'src/scheduler/README.md',
  '__test__/lifecycle/README.md'
].sort();

/** @param {string} page */
const read = (page) => readFileSync(join(root, page), 'utf8');

/**
 * @param {string} page
 * @returns {Block[]}
 */
function blocksOf (page) {
  const text = read(page);
  const pattern = /(?:<!-- (file|syntax only): (.+?) -->\n)?^```(js|ts)\n([\s\S]*?)^```$/gm;
  return [...text.matchAll(pattern)].map(({ index, 1: kind, 2: detail, 3: language, 4: code }) => ({
    line: text.slice(0, index).split('\n').length,
    code,
    typed: language === 'ts',
    file: kind === 'file' ? detail : null,
    syntaxOnly: kind === 'syntax only' ? detail : null
  }));
}

/**
 * The lines of a page's blocks for a shell, without their comments.
 *
 * @param {string} page
 */
function commandsOf (page) {
  return [...read(page).matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
    .flatMap(([, block]) => block.split('\n'))
    .map((line) => line.replace(/(^|\s)#.*/, '').trim())
    .filter((line) => line !== '');
}

/**
 * The language of each block of a page.
 *
 * @param {string} page
 */
function languagesOf (page) {
  return [...read(page).matchAll(/^ *```(\w*)\n[\s\S]*?^ *```$/gm)].map(([, language]) => language);
}

/**
 * The anchors of a page's headings, as they are made from their text.
 *
 * @param {string} text
 */
function anchorsOf (text) {
  return [...withoutCode(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));
}

/**
 * The targets of a page's links that lead into the repository.
 *
 * @param {string} page
 */
function linksOf (page) {
  return [...withoutCode(read(page)).matchAll(/(?:\]\(|\bsrc(?:set)?=")([^)"\s]+)[)"]/g)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** @param {string} text */
function withoutCode (text) {
  return text.replace(/^ *```[\s\S]*?^ *```$/gm, '');
}

module.exports = { anchorsOf, blocksOf, commandsOf, languagesOf, linksOf, pages, read, root };
