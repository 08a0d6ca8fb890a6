/** Part of a list that may be long: the first so many names after a given one. */

export interface PageRequest {
  readonly limit: number;
  /** Only names behind this one, by their code units; undefined: from the first on. */
  readonly after: string | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** What to pass as `after` for the next page; null: there is none. */
  readonly next: string | null;
}

/** A page of items, which need not be in order. Items that come and go between pages make none of the others be missed. */
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
