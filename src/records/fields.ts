/**
 * The value at a path inside a record, by own properties only: `toString` or `__proto__` are found only where the data
 * has a field of that name. Array elements are reached by their index. `undefined` where the path leads nowhere.
 *
 * @example readPath({ a: { b: [1, 2] } }, ['a', 'b', '1']) // 2
 */
export function readPath(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    // `key` is an own property, checked on the line above.
    current = (current as Record<string, unknown>)[key];
  }
  return current;
}

/** Sets an own property whatever its name is: `__proto__` becomes a field, as with `JSON.parse`. */
export function setField(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  } else {
    target[key] = value;
  }
}
