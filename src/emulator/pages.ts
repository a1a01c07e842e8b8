import type { JsonObject } from './json.ts';
import { ApiFailure } from './failure.ts';

/** Where a page lies: after or before an id, of an ordered list. */
export interface PageQuery {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/** A cut of an ordered list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Whether there are more in the direction asked for. */
  readonly hasMore: boolean;
}

/**
 * Cuts a page out of an ordered list.
 * @throws ApiFailure 404 where the cursor names nothing in the list
 */
export function pageOf<Item extends { readonly id: string }>(items: readonly Item[], { limit, after, before }: PageQuery): Page<Item> {
  if (before !== undefined) {
    const end = positionOf(items, before);
    return { items: items.slice(Math.max(0, end - limit), end), hasMore: end > limit };
  }
  const start = after === undefined ? 0 : positionOf(items, after) + 1;
  return { items: items.slice(start, start + limit), hasMore: items.length > start + limit };
}

function positionOf(items: readonly { readonly id: string }[], id: string): number {
  const position = items.findIndex((item) => item.id === id);
  if (position === -1) throw new ApiFailure(404, `No object found with id '${id}'. The cursor of a list must be an id of that list.`);
  return position;
}

/** The list body of either provider; OpenAI adds `object`. */
export function listBody(data: JsonObject[], hasMore: boolean): JsonObject {
  const idOf = (item: JsonObject | undefined) => item?.['id'] ?? null;
  return { data, first_id: idOf(data[0]), last_id: idOf(data.at(-1)), has_more: hasMore };
}
