'use strict';

const { createElement: h } = require('react');

function Product ({ name, price }) {
  return h('li', null, h('b', null, name), ' ', `${price.toFixed(2)} €`);
}

function Page ({ title, products }) {
  return h('html', null,
    h('head', null, h('title', null, title)),
    h('body', null,
      h('h1', null, title),
      h('ul', null, products.map((product) => h(Product, { key: product.name, ...product })))));
}

module.exports = { Page };
