'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const ts = require('typescript');
const { files, generate } = require('../../ci/docs/kernel-parameters');
const { kernels, pattern } = require('./support');

const root = path.join(__dirname, '..', '..');
const timeout = 120_000;

/** The kernels as `index.d.ts` knows them: by name the parameters, each with whether it is required. */
function declaredKernels () {
  const file = path.join(root, 'index.d.ts');
  const program = ts.createProgram([file], { strict: true, noEmit: true, types: ['node'] });
  const checker = program.getTypeChecker();
  let declared;
  const visit = (node) => {
    if (ts.isInterfaceDeclaration(node) && node.name.text === 'KernelTypes') declared = node;
    ts.forEachChild(node, visit);
  };
  visit(program.getSourceFile(file));
  const properties = (type) => checker.getPropertiesOfType(type);
  const typeOf = (symbol) => checker.getTypeOfSymbolAtLocation(symbol, declared);
  return Object.fromEntries(properties(checker.getTypeAtLocation(declared)).map((kernel) => {
    const params = properties(typeOf(kernel)).find(({ name }) => name === 'params');
    const list = properties(typeOf(params)).map((parameter) =>
      [parameter.name, (parameter.flags & ts.SymbolFlags.Optional) === 0]);
    return [kernel.name, list.sort()];
  }));
}

test('the types know every kernel and each of its parameters', { timeout }, () => {
  const registered = Object.fromEntries(kernels.list().map(({ name, parameters }) =>
    [name, parameters.map((parameter) => [parameter.name, parameter.required]).sort()]));
  assert.deepEqual(declaredKernels(), registered);
});

test('the documentation has a section for every kernel, with a table where it has parameters', { timeout }, () => {
  const sections = new Map();
  for (const page of files.filter((file) => file.endsWith('.md')).map((file) => readFileSync(file, 'utf8'))) {
    for (const section of page.split(/^## /m).slice(1)) sections.set(section.slice(0, section.indexOf('\n')), section);
  }
  for (const { name, parameters } of kernels.list()) {
    const section = sections.get(name);
    assert.ok(section !== undefined, `no section on ${name}`);
    assert.equal(section.includes(`<!-- parameters: ${name} -->`), parameters.length > 0, name);
  }
});

for (const file of files) {
  test(`what ${path.relative(root, file)} says of the parameters is what the registry says`, { timeout }, () => {
    assert.equal(readFileSync(file, 'utf8'), generate(file), 'run: node ci/docs/kernel-parameters.js');
  });
}

/** An input for each kernel that has a default, and the parameters that it requires. */
const image = (params = {}) => [pattern(8 * 8 * 4), { width: 8, height: 8, ...params }];
const inputs = {
  blake3: () => [pattern(100)],
  xxh3: () => [pattern(100)],
  crc32: () => [pattern(100)],
  sort: () => [pattern(100)],
  'vector.topk': () => [new Float32Array([1, 2, 3, 4, 8, 1]), { dimensions: 2, query: [1, 0], k: 2 }],
  'gzip.compress': () => [pattern(10_000)],
  'gzip.decompress': () => [kernels.sync.gzip.compress(pattern(100)).output],
  'zstd.compress': () => [pattern(10_000)],
  'zstd.decompress': () => [kernels.sync.zstd.compress(pattern(100)).output],
  'image.adjust': () => image(),
  'image.blur': () => image({ sigma: 1 }),
  'image.grayscale': () => image(),
  'image.resize': () => image({ toWidth: 5, toHeight: 5 }),
  'image.toTensor': () => image()
};

test('every default is the value that holds when the parameter is not given', { timeout }, () => {
  for (const { name: kernel, parameters } of kernels.list()) {
    const run = kernel.split('.').reduce((at, part) => at[part], kernels.sync);
    for (const { name, default: text } of parameters) {
      if (text === undefined) continue;
      const value = (0, eval)(text);
      const [bytes, params] = inputs[kernel]();
      const [again] = inputs[kernel]();
      assert.deepEqual(run(bytes, { ...params, [name]: value }), run(again, params), `${kernel}: ${name}`);
    }
  }
});
