/**
 * The positions of cards and rows on the board, and which of them are visible. Pure arithmetic: only visible rows are
 * in the document, so ten thousand containers cost no more than a screenful.
 */

/** In CSS pixels; board.css has the same numbers. */
export const sizes = {
  gap: 16,
  /** The heading of a group of pools. */
  heading: 34,
  cardWidthMin: 330,
  /** The part of a card above its containers. */
  head: 128,
  row: 38,
  /** Below the containers: the button for the rest, or the text that there are none. */
  foot: 40,
  /** Below everything. */
  end: 10,
} as const;

export interface Card {
  readonly name: string;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** How many containers it shows; there may be more. */
  readonly rows: number;
  readonly hasFoot: boolean;
}

export interface Heading {
  readonly text: string;
  readonly top: number;
}

export interface Board {
  readonly cards: readonly Card[];
  /** Of the groups, if there are any. */
  readonly headings: readonly Heading[];
  readonly columns: number;
  readonly height: number;
}

export interface Item {
  readonly name: string;
  readonly containers: number;
  /** Shows all of its containers, however many. */
  readonly expanded: boolean;
  /** The heading that it stands under. Those of one group follow each other. */
  readonly group?: string | undefined;
}

/** How many containers a card shows at first: all if there are few pools, else a few, so that pools stay visible. */
export function rowsMax(pools: number, columns: number): number {
  if (pools <= columns) return 40;
  return pools <= 3 * columns ? 12 : 8;
}

export function layOut(items: readonly Item[], width: number): Board {
  const { gap, cardWidthMin } = sizes;
  const fitting = Math.max(1, Math.floor((width + gap) / (cardWidthMin + gap)));
  // Two pools on a wide screen are no wider than useful.
  const columns = Math.min(fitting, Math.max(items.length, Math.min(fitting, 3)));
  const cardWidth = Math.floor((width - gap * (columns - 1)) / columns);
  const max = rowsMax(items.length, columns);
  const cards: Card[] = [];
  const headings: Heading[] = [];
  let top = 0;
  for (const { row, heading } of rowsOf(items, columns)) {
    if (heading !== undefined) {
      headings.push({ text: heading, top });
      top += sizes.heading;
    }
    const beside = row.map((item, column): Card => {
      const rows = item.expanded ? item.containers : Math.min(item.containers, max);
      const hasFoot = item.containers === 0 || item.containers > max;
      const height = sizes.head + rows * sizes.row + (hasFoot ? sizes.foot : 0) + sizes.end;
      return {
        name: item.name,
        left: column * (cardWidth + gap),
        top,
        width: cardWidth,
        height,
        rows,
        hasFoot,
      };
    });
    // Cards in one row end together, except for an expanded one.
    const closed = beside.filter((_, column) => !row[column]?.expanded);
    const even = Math.max(0, ...closed.map(({ height }) => height));
    cards.push(...beside.map((card) => (closed.includes(card) ? { ...card, height: even } : card)));
    top += Math.max(...beside.map(({ height }) => height)) + gap;
  }
  return { cards, headings, columns, height: Math.max(0, top - gap) };
}

interface Row {
  readonly row: readonly Item[];
  /** Of the group that begins with it. */
  readonly heading: string | undefined;
}

/** The items beside each other; each group begins in a row of its own. */
function rowsOf(items: readonly Item[], columns: number): Row[] {
  const rows: { row: Item[]; heading: string | undefined }[] = [];
  let before: Item | undefined;
  for (const item of items) {
    const isNewGroup = item.group !== undefined && item.group !== before?.group;
    const last = rows.at(-1);
    if (last && !isNewGroup && last.row.length < columns) last.row.push(item);
    else rows.push({ row: [item], heading: isNewGroup ? item.group : undefined });
    before = item;
  }
  return rows;
}

/** The cards that touch the window. */
export function cardsInView(board: Board, top: number, height: number): readonly Card[] {
  const shown: Card[] = [];
  for (const card of board.cards) {
    if (card.top > top + height) break;
    if (card.top + card.height >= top) shown.push(card);
  }
  return shown;
}

/** The rows of a card that touch the window, from the first up to but without the last. */
export function rowsInView(card: Card, top: number, height: number): readonly [first: number, end: number] {
  const from = card.top + sizes.head;
  const first = Math.max(0, Math.floor((top - from) / sizes.row));
  const end = Math.min(card.rows, Math.ceil((top + height - from) / sizes.row));
  return [Math.min(first, card.rows), Math.max(Math.min(first, card.rows), end)];
}
