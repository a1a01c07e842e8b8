import { fieldsOf, textOf } from './values.ts';

/** One page of a list, whatever its envelope. */
export interface Page {
  readonly items: readonly unknown[];
  /** Id to ask the next page after; left out when this is the last one. */
  readonly next?: string;
}

/**
 * Reads a page of a list: `{data}` (OpenAI, Anthropic), `{value}` (Azure), or a bare array, which has no further page (Together).
 * `undefined` if it is no list. Where `has_more` is missing, the next page is asked for until one brings nothing new.
 */
export function pageOf(answer: unknown): Page | undefined {
  if (Array.isArray(answer)) return { items: answer };
  const fields = fieldsOf(answer);
  const items: unknown = fields?.data ?? fields?.value;
  if (!fields || !Array.isArray(items)) return undefined;
  const next = textOf(fields.last_id) ?? textOf(fieldsOf(items.at(-1))?.id);
  return fields.has_more === false || next === undefined ? { items } : { items, next };
}

/** Walks all pages, each once: a server that ignores the cursor and repeats itself ends the walk. */
export async function* walkPages(fetchPage: (after: string | undefined) => Promise<Page>): AsyncGenerator<readonly unknown[], void, undefined> {
  const cursors = new Set<string>();
  let after: string | undefined;
  do {
    const page = await fetchPage(after);
    if (page.items.length > 0) yield page.items;
    after = page.items.length > 0 && page.next !== undefined && !cursors.has(page.next) ? page.next : undefined;
    if (after !== undefined) cursors.add(after);
  } while (after !== undefined);
}
