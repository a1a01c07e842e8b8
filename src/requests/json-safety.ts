/** Deeper than any request is nested; beyond it a body holds itself. */
const maxDepth = 200;

/**
 * What a body holds that JSON would lose or refuse: `NaN` and infinities (they become `null`), functions and symbols (they
 * vanish), BigInt (it throws). Named with its place, e.g. `messages.0.content is NaN`; `undefined` if all can be sent.
 * Members that are `undefined` are left out, as JSON does; inside an array they would become `null`, so there they count.
 */
export function unsendable(value: unknown, place = 'body', depth = 0): string | undefined {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? undefined : `${place} is ${value}`;
    case 'bigint':
      return `${place} is a BigInt (${value}n): turn it into a number or a text`;
    case 'function':
    case 'symbol':
    case 'undefined':
      return `${place} is ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}`;
    case 'object':
      return value === null || 'toJSON' in value ? undefined : insideOf(value, place, depth + 1);
    default:
      return undefined;
  }
}

function insideOf(value: object, place: string, depth: number): string | undefined {
  if (depth > maxDepth) return `${place} is nested too deeply, or holds itself`;
  const isArray = Array.isArray(value);
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined && !isArray) continue;
    const problem = unsendable(item, place === 'body' ? key : `${place}.${key}`, depth);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
