// What the sources name and tsc cannot see: webpack's own variables, and packages that only those have who install us.

declare const __webpack_require__: unknown;
declare const __non_webpack_require__: NodeJS.Require;

declare module 'rockpool-*' {
  const addon: typeof import('./native/index.js');
  export = addon;
}
