'use strict';

const { createElement } = require('react');
const { renderToString } = require('react-dom/server');
const { Page } = require('./page');

/** Props in, HTML out: both are plain values, so they take the fast way. */
module.exports = (props) => `<!doctype html>${renderToString(createElement(Page, props))}`;
