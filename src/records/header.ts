import type { Header } from './record.ts';

/**
 * The header of a table from the names in its first row. Names that are repeated or blank get a key of their own
 * (`name`, `name_2`, `column_3`) that no other column has.
 */
export function makeHeader(names: readonly string[]): Header {
  const taken = new Set(names.filter((name) => !isBlank(name)));
  const used = new Set<string>();
  const keys = names.map((name, index) => {
    const wanted = isBlank(name) ? `column_${index + 1}` : name;
    const free = isBlank(name) ? !taken.has(wanted) : !used.has(wanted);
    const key = free ? wanted : nextFree(wanted, taken);
    taken.add(key);
    used.add(key);
    return key;
  });
  return { keys, names: [...names] };
}

function isBlank(name: string): boolean {
  return name.trim() === '';
}

function nextFree(name: string, taken: ReadonlySet<string>): string {
  let number = 2;
  while (taken.has(`${name}_${number}`)) number += 1;
  return `${name}_${number}`;
}
