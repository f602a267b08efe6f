'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { test } = require('node:test');

const ts = require('typescript');

const { codes } = require('../../lib/errors');

const kRoot = join(__dirname, '..', '..');
const kBounded = { timeout: 120_000 };

const kCommonJs = { module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10 };
const kNode = { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 };
const kBundler = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };

/** How a package's types are reached: piscina's where npm put them, ours in its place. */
const kPiscina = {};
const kRockpool = { piscina: ['index.d.ts'], rockpool: ['index.d.ts'] };
const kRockpoolEsm = { piscina: ['index.d.mts'], rockpool: ['index.d.mts'] };

/**
 * Compiles programs of this folder and gives what the compiler says about them.
 *
 * @param {string[]} files
 * @param {import('typescript').CompilerOptions} options
 */
function compile (files, options) {
  const all = {
    noEmit: true,
    strict: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts'],
    types: ['node'],
    typeRoots: [join(kRoot, 'node_modules', '@types')],
    baseUrl: kRoot,
    resolveJsonModule: true,
    ...options
  };
  const names = files.map((file) => join(__dirname, file));
  return report(ts.getPreEmitDiagnostics(ts.createProgram(names, all, cachingHost(all))));
}

/** @type {Map<string, import('typescript').SourceFile | undefined>} */
const parsed = new Map();

/**
 * Parses the types of JavaScript and of Node once for all programs: they are nearly all there is to read.
 *
 * @param {import('typescript').CompilerOptions} options
 */
function cachingHost (options) {
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, version, ...rest) => {
    const key = `${options.module} ${name}`;
    if (!parsed.has(key)) parsed.set(key, getSourceFile.call(host, name, version, ...rest));
    return parsed.get(key);
  };
  return host;
}

/** @param {readonly import('typescript').Diagnostic[]} diagnostics */
function report (diagnostics) {
  return ts.formatDiagnostics(diagnostics, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => kRoot,
    getNewLine: () => '\n'
  });
}

const kPrograms = ['common.ts', 'common-equals.ts'];

for (const [form, options] of Object.entries({
  'CommonJS with esModuleInterop': { ...kCommonJs, esModuleInterop: true },
  'CommonJS without esModuleInterop': { ...kCommonJs, esModuleInterop: false },
  'Node\'s own resolution': kNode
})) {
  test(`a program for piscina compiles against piscina's types: ${form}`, kBounded, () => {
    assert.equal(compile(kPrograms, { ...options, paths: kPiscina }), '');
  });

  test(`the same program compiles against ours: ${form}`, kBounded, () => {
    assert.equal(compile(kPrograms, { ...options, paths: kRockpool }), '');
  });
}

test('what only our types have compiles', kBounded, () => {
  assert.equal(compile(['own.ts', 'own-generics.ts'], { ...kCommonJs, esModuleInterop: true, paths: kRockpool }), '');
});

test('the example in TypeScript compiles', kBounded, () => {
  assert.equal(compile(['../../examples/typescript/index.ts'], { ...kNode, paths: kRockpool }), '');
});

test('an ES module gets the class as its default import', kBounded, () => {
  assert.equal(compile(['own-esm.mts'], { ...kNode, paths: kRockpoolEsm }), '');
  assert.equal(compile(['own-esm.mts'], { ...kBundler, paths: kRockpoolEsm }), '');
});

test('an ES module gets every type by name', kBounded, () => {
  const files = ['index.d.ts', 'index.d.mts'].map((name) => join(kRoot, name));
  const program = ts.createProgram(files, { ...kNode, types: ['node'], typeRoots: [join(kRoot, 'node_modules', '@types')] });
  assert.equal(report(ts.getPreEmitDiagnostics(program)), '');
  const checker = program.getTypeChecker();
  const [members, exported] = files.map((name) => {
    const file = /** @type {import('typescript').SourceFile} */ (program.getSourceFile(name));
    const module = /** @type {import('typescript').Symbol} */ (checker.getSymbolAtLocation(file));
    return checker.getExportsOfModule(module).map((symbol) => symbol.name).filter((name) => name !== 'prototype').sort();
  });
  assert.deepEqual(exported, members);
});

test('the compiler is really asked: a wrong program does not compile', kBounded, () => {
  assert.notEqual(compile(['own.ts'], { ...kCommonJs, esModuleInterop: true, paths: kPiscina }), '');
});

test('the type of an error\'s code lists the codes that exist', () => {
  const source = ts.sys.readFile(join(kRoot, 'index.d.ts')) ?? '';
  const union = /type ErrorCode =([^;]*);/.exec(source)?.[1] ?? '';
  assert.deepEqual([...union.matchAll(/'(\w+)'/g)].map(([, code]) => code).sort(), Object.keys(codes).sort());
});

test('the JavaScript of the package keeps to its own types', kBounded, () => {
  const { config } = ts.readConfigFile(join(kRoot, 'tsconfig.json'), ts.sys.readFile);
  const { fileNames, options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, kRoot);
  assert.equal(report(errors), '');
  assert.equal(report(ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options))), '');
});
