// Text becomes text nodes here, always: nothing in this page is ever parsed as markup.

const svgTags = new Set(['svg', 'rect', 'title']);

/**
 * Makes an element.
 *
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string | number | readonly (Node | string)[])} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = svgTags.has(tag) ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, String(value));
  }
  made.append(...children.flat().map((child) => (typeof child === 'number' ? String(child) : child)));
  return made;
}

/**
 * Makes what is shown like what should be, and touches nothing that is so already: focus, selection and scrolling stay where they are.
 *
 * @param {Element} shown
 * @param {Element} wanted
 */
export function patch(shown, wanted) {
  for (const name of shown.getAttributeNames()) if (!wanted.hasAttribute(name)) shown.removeAttribute(name);
  for (const { name, value } of wanted.attributes) if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  patchChildren(shown, [...wanted.childNodes]);
}

function patchChildren(shown, wanted) {
  for (const [at, next] of wanted.entries()) {
    const now = shown.childNodes[at];
    if (now === undefined) shown.append(next);
    else if (!isAlike(now, next)) now.replaceWith(next);
    else if (next instanceof Element) patch(now, next);
    else if (now.data !== next.data) now.data = next.data;
  }
  while (shown.childNodes.length > wanted.length) shown.lastChild.remove();
}

/** The same row stays the same element only if it is about the same thing. */
function isAlike(one, other) {
  return one.nodeName === other.nodeName && (one.dataset?.key ?? '') === (other.dataset?.key ?? '');
}

export const count = (value) => Math.round(value).toLocaleString('en-US');

/** A count with its unit: `1 record`, `3,376 records`. */
export const quantity = (value, unit) => `${count(value)} ${unit}${value === 1 ? '' : 's'}`;

/** A time as the reader's clock has it. */
export const moment = (ms) => element('time', { datetime: new Date(ms).toISOString() }, new Date(ms).toLocaleString());

/**
 * A bar of parts, hidden from screen readers: the words beside it say the same.
 *
 * @param {readonly { readonly value: number, readonly kind: string, readonly title: string }[]} parts
 */
export function bar(parts, height = 12) {
  const total = parts.reduce((sum, { value }) => sum + value, 0);
  let from = 0;
  const rects = parts.filter(({ value }) => value > 0).map(({ value, kind, title }) => {
    const x = from;
    from += value / total;
    return element('rect', { class: kind, x: `${x * 100}%`, width: `${(value / total) * 100}%`, height }, element('title', {}, title));
  });
  return element('svg', { class: 'bar', width: '100%', height, 'aria-hidden': 'true', focusable: 'false' }, rects);
}
