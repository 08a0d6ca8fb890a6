/** A page of a long list: a number of items after a given name. */

export interface PageRequest {
  readonly limit: number;
  /** Only names after this one, ordered by code units; undefined: from the start. */
  readonly after: string | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** The `after` for the next page; null: this is the last page. */
  readonly next: string | null;
}

/** A page of unsorted items. Items that appear or vanish between pages never make a reader miss another item. */
export function pageOf<Item>(
  all: Iterable<Item>,
  nameOf: (item: Item) => string,
  { limit, after }: PageRequest,
): Page<Item> {
  const behind = [...all].filter((item) => after === undefined || nameOf(item) > after);
  behind.sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
  const items = behind.slice(0, limit);
  const last = items.at(-1);
  return { items, next: last !== undefined && behind.length > limit ? nameOf(last) : null };
}
