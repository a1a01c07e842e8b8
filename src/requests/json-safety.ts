/** Deeper than any request is nested; beyond it a body holds itself. */
const maxDepth = 200;

/**
 * What a body holds that JSON would lose or refuse: `NaN` and infinities (they become `null`), functions and symbols (they
 * vanish), BigInt (it throws). Named with its place, e.g. `messages.0.content is NaN`; `undefined` if all can be sent.
 * Members that are `undefined` are left out, as JSON does; inside an array they would become `null`, so there they count.
 */
export function unsendable(value: unknown): string | undefined {
  return isSendable(value, 0) ? undefined : problemIn(value, 'body', 0);
}

/** True for what is surely fine: nearly every body is, and to name each place in it on the way would cost as much as to print it. */
function isSendable(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth >= maxDepth) return false;
  if ('toJSON' in value) return true;
  if (Array.isArray(value)) return value.every((item) => isSendable(item, depth + 1));
  // Inherited members come along, and are not sent: where one of them is not fine, the closer look tells.
  for (const key in value) {
    const item: unknown = value[key as keyof typeof value];
    if (item !== undefined && !isSendable(item, depth + 1)) return false;
  }
  return true;
}

function problemIn(value: unknown, place: string, depth: number): string | undefined {
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
    const problem = problemIn(item, place === 'body' ? key : `${place}.${key}`, depth);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
