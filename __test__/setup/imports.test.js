'use strict';

const assert = require('node:assert/strict');
const { existsSync, readFileSync, readdirSync, statSync } = require('node:fs');
const { dirname, join, relative, sep } = require('node:path');
const { test } = require('node:test');

const root = join(__dirname, '..', '..');
const folders = ['__test__', 'benches', 'bin', 'ci', 'demo', 'lib'];

/**
 * @param {string} folder
 * @returns {string[]}
 */
function scripts (folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    // Fixtures are read as a user's own files.
    if (entry.isDirectory()) return ['node_modules', 'fixtures'].includes(entry.name) ? [] : scripts(path);
    return /\.[cm]?js$/.test(entry.name) ? [path] : [];
  });
}

/**
 * The files that a file requires or imports by a relative path. Types, which stand in comments, do not count.
 *
 * @param {string} file
 * @returns {string[]}
 */
function imports (file) {
  const code = readFileSync(file, 'utf8').replace(/\/\*\*[\s\S]*?\*\/|^ *\/\/.*/gm, '');
  return [...code.matchAll(/(?:\brequire\(|\bimport\(|\bfrom )'(\.[^']*)'/g)].flatMap(([, path]) => {
    const target = join(dirname(file), path);
    return [target, `${target}.js`, join(target, 'index.js')].filter((name) => existsSync(name) && statSync(name).isFile()).slice(0, 1);
  });
}

/**
 * @param {Map<string, Set<string>>} graph
 * @returns {string[] | null} the nodes of a circle, the first one again at its end
 */
function findCircle (graph) {
  /** @type {Set<string>} */
  const done = new Set();
  /** @type {(node: string, path: string[]) => string[] | null} */
  const walk = (node, path) => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return null;
    for (const next of graph.get(node) ?? []) {
      const circle = walk(next, [...path, node]);
      if (circle !== null) return circle;
    }
    done.add(node);
    return null;
  };
  for (const node of graph.keys()) {
    const circle = walk(node, []);
    if (circle !== null) return circle;
  }
  return null;
}

/**
 * @param {(file: string) => string} nodeOf
 * @returns {Map<string, Set<string>>}
 */
function graphOf (nodeOf) {
  /** @type {Map<string, Set<string>>} */
  const graph = new Map();
  for (const file of folders.flatMap((folder) => scripts(join(root, folder)))) {
    const from = nodeOf(file);
    const targets = graph.get(from) ?? new Set();
    for (const to of imports(file).map(nodeOf)) if (to !== from) targets.add(to);
    graph.set(from, targets);
  }
  return graph;
}

const name = (/** @type {string} */ file) => relative(root, file).split(sep).join('/');

test('no files import each other in a circle', () => {
  const graph = graphOf(name);
  assert.ok(graph.size > 300);
  assert.equal(findCircle(graph)?.join(' -> '), undefined);
});

test('a folder imports only from those below it', () => {
  // `benches` packs rockpool with `ci`, by a path that it puts together.
  const order = ['__test__', 'benches', 'ci', 'demo', 'bin', 'index.mjs', 'index.js', 'lib', 'package.json'];
  const graph = graphOf((file) => name(file).split('/')[0]);
  for (const [from, targets] of graph) {
    const others = [...targets].filter((to) => to !== 'node_modules' && order.indexOf(to) <= order.indexOf(from));
    assert.deepEqual(others, [], `imported by ${from}`);
  }
});

test('no folders within ci import each other in a circle', () => {
  const graph = graphOf((file) => name(dirname(file)));
  for (const from of graph.keys()) if (!from.startsWith('ci')) graph.delete(from);
  assert.equal(findCircle(graph)?.join(' -> '), undefined);
});
