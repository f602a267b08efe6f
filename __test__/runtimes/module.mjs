await null;

export default (value) => [value, import.meta.url.endsWith('/module.mjs')];
