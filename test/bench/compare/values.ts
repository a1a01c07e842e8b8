/** Whether two JSON values hold the same data: fields in any order, and a field that is null is as good as none. */
export function isSameData(first: unknown, second: unknown): boolean {
  if (first === second) return true;
  if (first === undefined || second === undefined) return (first ?? null) === null && (second ?? null) === null;
  if (typeof first !== 'object' || typeof second !== 'object' || first === null || second === null) return false;
  if (Array.isArray(first) || Array.isArray(second)) return Array.isArray(first) && Array.isArray(second) && isSameList(first, second);
  return hasFieldsOf(first, second) && hasFieldsOf(second, first);
}

function isSameList(first: readonly unknown[], second: readonly unknown[]): boolean {
  return first.length === second.length && first.every((item, at) => isSameData(item, second[at]));
}

function hasFieldsOf(first: object, second: object): boolean {
  for (const key of Object.keys(second)) {
    // The values are JSON.
    if (!isSameData((first as Record<string, unknown>)[key], (second as Record<string, unknown>)[key])) return false;
  }
  return true;
}

/** What is wrong with a record, for people. */
export function difference(place: string, expected: unknown, found: unknown): string {
  const show = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 1500));
  return `${place}\n  millrace: ${show(expected)}\n  peer:     ${show(found)}`;
}

/** Compares two sequences item by item, in order. */
export async function compareInOrder<Item>(what: string, first: AsyncIterable<Item>, second: AsyncIterable<Item>, isSame: (one: Item, other: Item) => boolean): Promise<string | undefined> {
  const others = second[Symbol.asyncIterator]();
  let place = 0;
  for await (const one of first) {
    place += 1;
    const other = await others.next();
    if (other.done === true) return difference(`${what} ${place}`, one, undefined);
    if (!isSame(one, other.value)) return difference(`${what} ${place}`, one, other.value);
  }
  const surplus = await others.next();
  return surplus.done === true ? undefined : difference(`${what} ${place + 1}`, undefined, surplus.value);
}
