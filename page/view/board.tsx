/** The board: a card for each pool. Only what is in view is in the document. */
import { computed, effect, signal, useComputed } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { shownContainers } from '../state/filter.js';
import { groupOf, inGroups, labelNames } from '../state/groups.js';
import { cardsInView, layOut, rowsInView, type Item } from '../state/layout.js';
import { allPools, connection, isComplete, moving, watched } from '../state/live.js';
import { placeKey } from '../state/phases.js';
import { dialog, expanded, filter, groupedBy, isFiltered } from '../state/ui.js';
import { everything } from '../state/filter.js';
import { startDrag } from './drag.js';
import { PoolCard } from './pool-card.js';
import type { WireContainer } from '../model/api-types.js';

/** The board is drawn in steps of scrolling, because not every pixel needs a new drawing. */
const stepPx = 160;
/** How long the view must rest before the stream requests the usage of other pools. */
const restMs = 300;

const size = signal({ width: 0, height: 0 });
const step = signal(0);

interface Shown {
  readonly items: readonly Item[];
  readonly containers: ReadonlyMap<string, readonly WireContainer[]>;
}

const shown = computed<Shown>(() => {
  const items: Item[] = [];
  const containers = new Map<string, readonly WireContainer[]>();
  const isMoving = (pool: string, name: string) => moving.value.has(placeKey(pool, name));
  // Somebody may have taken the label off all pools.
  const by = labelNames(allPools.value).includes(groupedBy.value) ? groupedBy.value : '';
  for (const pool of by === '' ? allPools.value : inGroups(allPools.value, by)) {
    const found = shownContainers(pool, filter.value, isMoving);
    if (!found) continue;
    items.push({
      name: pool.name,
      containers: found.length,
      expanded: expanded.value.has(pool.name),
      group: by === '' ? undefined : groupOf(pool, by),
    });
    containers.set(pool.name, found);
  }
  return { items, containers };
});

const board = computed(() => layOut(shown.value.items, size.value.width));

const view = computed(() => {
  const top = step.value * stepPx - stepPx;
  const height = size.value.height + 3 * stepPx;
  return cardsInView(board.value, top, height).map((card) => {
    const [first, end] = rowsInView(card, top, height);
    return { card, first, end };
  });
});

export function Board() {
  const scroller = useRef<HTMLElement>(null);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = () => {
      const style = getComputedStyle(element);
      const width = element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      size.value = { width, height: element.clientHeight };
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = effect(() => {
      const names = view.value.map(({ card }) => card.name);
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (names.join() !== watched.peek().join()) watched.value = names;
      }, restMs);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, []);

  return (
    <main
      ref={scroller}
      id="board"
      class="board"
      tabIndex={-1}
      aria-label="Pools"
      onScroll={(event) => {
        step.value = Math.max(0, Math.floor(event.currentTarget.scrollTop / stepPx));
      }}
      onPointerDown={startDrag}
    >
      <Nothing />
      <Headings />
      <Cards />
    </main>
  );
}

/** Beside the list of cards, because a list contains nothing but its items. */
function Headings() {
  return (
    <div class="groups">
      {board.value.headings.map(({ text, top }) => (
        <h2 key={text} style={{ transform: `translateY(${top}px)` }}>
          {text}
        </h2>
      ))}
    </div>
  );
}

function Cards() {
  const height = useComputed(() => board.value.height);
  const total = shown.value.items.length;
  return (
    <div class="cards" role="list" aria-label="Pools" style={{ height: `${height.value}px` }}>
      {view.value.map(({ card, first, end }) => (
        <PoolCard
          key={card.name}
          card={card}
          containers={shown.value.containers.get(card.name) ?? []}
          first={first}
          end={end}
          position={board.value.cards.indexOf(card) + 1}
          total={total}
        />
      ))}
    </div>
  );
}

/** An empty board, with the reason. */
function Nothing() {
  if (shown.value.items.length > 0) return null;
  if (!isComplete.value) {
    return connection.value.state === 'connecting' ? <p class="nothing">Reading the pools…</p> : null;
  }
  if (isFiltered.value) {
    return (
      <div class="nothing">
        <p>Nothing matches.</p>
        <button class="button" onClick={() => (filter.value = everything)}>
          Show everything
        </button>
      </div>
    );
  }
  return (
    <div class="nothing">
      <p>
        <strong>There are no pools yet.</strong> A pool is a host that runs containers, with its agent.
      </p>
      <button class="button primary" onClick={() => (dialog.value = { kind: 'add-pool' })}>
        Add a pool
      </button>
    </div>
  );
}
