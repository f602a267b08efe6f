import js from '@eslint/js';
import stylistic from '@stylistic/eslint-plugin';
import globals from 'globals';

/** What others replace: lib/host.js has them as they were. */
const replaceable = [
  'AbortController', 'AbortSignal', 'Atomics', 'Buffer', 'BroadcastChannel', 'DOMException', 'Event', 'EventTarget',
  'MessageChannel', 'MessageEvent', 'MessagePort', 'Promise', 'SharedArrayBuffer', 'TextDecoder', 'TextEncoder', 'URL',
  'clearImmediate', 'clearInterval', 'clearTimeout', 'global', 'globalThis', 'performance', 'process', 'queueMicrotask',
  'setImmediate', 'setInterval', 'setTimeout', 'structuredClone'
];

export default [
  {
    ignores: [
      'lib/native/**',
      'target/**',
      'demo-output/**',
      // Worker files that are wrong on purpose, or are what their folder's package.json makes of them.
      '__test__/contract/fixtures/bad/**',
      '__test__/fixtures/handlers/**',
      '__test__/fixtures/in-place-of-piscina/**'
    ]
  },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2024, sourceType: 'commonjs', globals: globals.node },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@stylistic': stylistic },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-sparse-arrays': 'off',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_', ignoreRestSiblings: true }],
      'no-var': 'error',
      'prefer-const': 'error',
      strict: ['error', 'global'],
      '@stylistic/comma-dangle': ['error', 'never'],
      '@stylistic/eol-last': 'error',
      '@stylistic/indent': ['error', 2, { SwitchCase: 1 }],
      '@stylistic/no-trailing-spaces': 'error',
      '@stylistic/quotes': ['error', 'single', { avoidEscape: true, allowTemplateLiterals: 'always' }],
      '@stylistic/semi': 'error',
      '@stylistic/space-before-function-paren': ['error', 'always']
    }
  },
  {
    files: ['lib/**/*.js'],
    // The command is a process of its own; the thread's state is a global by design.
    ignores: ['lib/host.js', 'lib/cli/**', 'lib/thread-state.js'],
    rules: {
      'no-restricted-globals': ['error', ...replaceable.map((name) => ({ name, message: 'Take it from lib/host.js.' }))],
      'no-restricted-syntax': ['error', {
        selector: 'CallExpression[callee.property.name=/^(then|catch|finally)$/]',
        message: 'Use `await`: this runs whatever somebody has put there. See lib/host.js.'
      }, {
        selector: 'CallExpression[callee.object.name="Promise"][callee.property.name=/^(all|allSettled|any|race)$/]',
        message: 'Use `await`: this asks each promise for its `then`. See lib/host.js.'
      }, {
        selector: 'CallExpression[callee.property.name="defineProperty"] > ObjectExpression.arguments:not(:has(Property[key.name="__proto__"]))',
        message: 'Use `define()` of lib/host.js, or `__proto__: null`: a descriptor inherits from Object.prototype.'
      }]
    }
  },
  { files: ['**/*.mjs'], languageOptions: { sourceType: 'module' } },
  { files: ['examples/jest/**'], languageOptions: { globals: globals.jest } }
];
