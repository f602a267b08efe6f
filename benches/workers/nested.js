'use strict';

/**
 * A nested object of some 150 bytes there, one of the same size back.
 *
 * @param {{ id: number, customer: { name: string, tags: string[] }, lines: { sku: string, count: number }[], paid: boolean }} order
 */
module.exports = (order) => ({
  id: order.id,
  customer: { name: order.customer.name, tags: order.customer.tags },
  lines: order.lines.map(({ sku, count }) => ({ sku, count: count + 1 })),
  paid: !order.paid
});
