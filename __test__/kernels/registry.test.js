'use strict';

const assert = require('node:assert/strict');
const { readFileSync, readdirSync } = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const ts = require('typescript');
const { kernels } = require('./support');

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

test('the documentation has every kernel and each of its parameters', { timeout }, () => {
  const folder = path.join(root, 'docs', 'kernels');
  const pages = ['../kernels.md', ...readdirSync(folder)].map((name) => readFileSync(path.join(folder, name), 'utf8'));
  const sections = new Map();
  for (const page of pages) {
    for (const section of page.split(/^## /m).slice(1)) sections.set(section.slice(0, section.indexOf('\n')), section);
  }
  for (const { name, parameters } of kernels.list()) {
    const section = sections.get(name);
    assert.ok(section !== undefined, `no section on ${name}`);
    for (const parameter of parameters) {
      assert.match(section, new RegExp(`^\\| \`${parameter.name}\` \\|`, 'm'), `${name}: ${parameter.name}`);
    }
  }
});
