import Tinypool from 'tinypool';
import mark from './mark.js';

/** @param {ArrayBuffer} buffer */
export default (buffer) => Tinypool.move(mark(buffer));
