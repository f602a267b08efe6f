'use strict';

/** Colours for light and for dark surroundings; what shows an SVG as an image tells it which it is in. */
const style = `
    .text { font: 12px system-ui, sans-serif; fill: #1f2328 }
    .soft { font: 11px system-ui, sans-serif; fill: #59636e }
    .title { font: 600 14px system-ui, sans-serif; fill: #1f2328 }
    .own { fill: #0969da; stroke: #0969da }
    .other { fill: #8b6d00; stroke: #8b6d00 }
    .floor { fill: #6e7781; stroke: #6e7781 }
    .own-text { font: 600 12px system-ui, sans-serif; fill: #0969da }
    .grid { stroke: #d0d7de; stroke-width: 1 }
    .even { stroke: #59636e; stroke-width: 1; stroke-dasharray: 4 3 }
    .line { fill: none; stroke-width: 2 }
    .faint { opacity: 0.35; stroke: none }
    @media (prefers-color-scheme: dark) {
      .text, .title { fill: #e6edf3 }
      .soft { fill: #9198a1 }
      .own { fill: #4493f8; stroke: #4493f8 }
      .other { fill: #d9a520; stroke: #d9a520 }
      .floor { fill: #9198a1; stroke: #9198a1 }
      .own-text { fill: #4493f8 }
      .grid { stroke: #30363d }
      .even { stroke: #9198a1 }
    }
  `;

/** @param {string} text */
const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** @param {number} value without digits that nobody sees */
const short = (value) => String(Number(value.toFixed(1)));

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {string} [content] text
 */
function element (name, attributes, content) {
  const all = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? short(value) : escape(value)}"`)
    .join('');
  return content === undefined ? `<${name}${all}/>` : `<${name}${all}>${escape(content)}</${name}>`;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} text
 * @param {string} [className]
 * @param {'start' | 'middle' | 'end'} [anchor]
 */
const write = (x, y, text, className = 'text', anchor = 'start') =>
  element('text', { x, y, class: className, 'text-anchor': anchor }, text);

/**
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 * @param {string} className
 */
const line = (x1, y1, x2, y2, className) => element('line', { x1, y1, x2, y2, class: className });

/**
 * A text in lines of so many characters at most, if no word has more.
 *
 * @param {string} text
 * @param {number} most
 */
function inLines (text, most) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (longer.length > most) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/**
 * Lines of explanation, and panels below one another.
 *
 * @template Panel
 * @param {number} width
 * @param {string} title
 * @param {string[]} legend
 * @param {Panel[]} panels
 * @param {(panel: Panel, top: number) => { parts: string[], height: number }} drawPanel
 */
function drawStack (width, title, legend, panels, drawPanel) {
  const parts = legend.map((text, index) => write(0, 18 * index + 14, text, 'soft'));
  let top = 18 * legend.length + 8;
  for (const panel of panels) {
    const { parts: drawn, height } = drawPanel(panel, top);
    parts.push(...drawn);
    top += height + 12;
  }
  return drawing(width, top, title, parts);
}

/**
 * @param {number} width
 * @param {number} height
 * @param {string} title read to those who do not see it
 * @param {string[]} content
 */
function drawing (width, height, title, content) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${Math.ceil(height)}" width="${width}" role="img">`,
    `  ${element('title', {}, title)}`,
    `  <style>${style}</style>`,
    ...content.map((part) => `  ${part}`),
    '</svg>',
    ''
  ].join('\n');
}

module.exports = { drawStack, element, line, write, inLines };
