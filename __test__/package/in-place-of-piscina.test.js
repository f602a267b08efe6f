'use strict';

// A project that uses piscina, and depends on packages that do, with rockpool installed in its place.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, test } = require('node:test');

const { Workplace, root, startRegistry } = require('./support');

const template = path.join(root, '__test__', 'fixtures', 'in-place-of-piscina');
const timeout = 170_000;
const workplace = new Workplace();
/** @type {{ url: string, close: () => void }} */
let registry;

before(async () => {
  await workplace.pack();
  registry = await startRegistry(Object.values(workplace.tarballs));
}, { timeout });
after(() => {
  workplace.remove();
  registry.close();
});

const service = JSON.parse(fs.readFileSync(path.join(template, 'package.json'), 'utf8'));

/** What each way of installing adds to the project's package.json, and to the command. */
const ways = {
  'an override of what the dependencies ask for': () => ({
    dependencies: { [workplace.addonPackage]: workplace.specifiers.addon },
    overrides: { piscina: workplace.specifiers.main }
  }),
  'a dependency that takes the name': () => ({
    dependencies: { piscina: workplace.specifiers.main, [workplace.addonPackage]: workplace.specifiers.addon },
    overrides: { piscina: '$piscina' }
  }),
  'an alias in the registry': () => ({
    dependencies: { piscina: 'npm:rockpool@^0.1.0' },
    overrides: { piscina: '$piscina' },
    registry: registry.url
  })
};

/**
 * Runs every scenario of the project.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} folder
 */
async function runScenarios (t, folder) {
  const names = JSON.parse(await workplace.node(folder, ['scenarios.js']));
  assert.ok(names.length > 0);
  for (const name of names) {
    await t.test(name, { timeout }, async () => {
      assert.equal(await workplace.node(folder, ['scenarios.js', name]), 'done\n');
    });
  }
}

for (const [name, way] of Object.entries(ways)) {
  test(name, { timeout }, async (t) => {
    const { dependencies, overrides, registry = '' } = way();
    const manifest = { ...service, dependencies: { ...service.dependencies, ...dependencies }, overrides };
    const folder = workplace.project({ 'package.json': manifest }, template);
    await workplace.npm(folder, ['install', ...(registry === '' ? [] : [`--registry=${registry}`])]);
    const { name } = JSON.parse(fs.readFileSync(path.join(folder, 'node_modules', 'piscina', 'package.json'), 'utf8'));
    assert.equal(name, 'rockpool');
    await workplace.npm(folder, ['ls', '--all']);
    await runScenarios(t, folder);
  });
}

test('the project is one that runs on piscina', { timeout }, async (t) => {
  const folder = workplace.project({}, template);
  const modules = path.join(folder, 'node_modules');
  fs.mkdirSync(modules);
  for (const name of ['sums', 'streams']) {
    fs.symlinkSync(path.join(folder, 'packages', name), path.join(modules, name), 'junction');
  }
  fs.symlinkSync(path.join(root, 'node_modules', 'piscina'), path.join(modules, 'piscina'), 'junction');
  await runScenarios(t, folder);
});
