/** The header: title, connection, search and filters, and the actions for the whole page. */
import { computed } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { isSignedIn, signOut } from '../state/session.js';
import { count } from '../model/format.js';
import type { Facet } from '../state/filter.js';
import { secondCopyOf, tallyOf } from '../state/fleet.js';
import { labelNames } from '../state/groups.js';
import { allPools, connection, controller, migrations } from '../state/live.js';
import { dialog, filter, groupedBy, setTheme, theme, type Theme } from '../state/ui.js';
import { Icon } from './icons.js';
import { openMenu } from './menu.js';

const totals = computed(() => {
  const sum = { all: 0, running: 0, stopped: 0, frozen: 0, other: 0, down: 0, moving: 0 };
  const pools = new Map(allPools.value.map((pool) => [pool.name, pool]));
  for (const pool of pools.values()) {
    const tally = tallyOf(pool);
    sum.running += tally.running;
    sum.stopped += tally.stopped;
    sum.frozen += tally.frozen;
    sum.other += tally.other;
    if (pool.state !== 'up') sum.down += 1;
  }
  for (const migration of migrations.value.values()) {
    if (migration.state !== 'running') continue;
    sum.moving += 1;
    const second = secondCopyOf(migration, pools.get(migration.source), pools.get(migration.destination));
    if (second) sum[second] -= 1;
  }
  sum.all = sum.running + sum.stopped + sum.frozen + sum.other;
  return sum;
});

const facets: readonly (readonly [Facet, string])[] = [
  ['all', 'All'],
  ['running', 'Running'],
  ['stopped', 'Stopped'],
  ['frozen', 'Frozen'],
  ['other', 'In trouble'],
  ['moving', 'Moving'],
  ['down', 'Pools down'],
];
/** These facets are always visible; the others only with content. */
const steadyFacets: readonly Facet[] = ['all', 'running', 'stopped'];

export function Top() {
  return (
    <header class="top">
      <div class="top-line">
        <h1 class="brand">
          <Mark />
          COPA
        </h1>
        <Live />
        <Search />
        <button class="button primary" onClick={() => (dialog.value = { kind: 'create' })}>
          <Icon name="add" />
          <span class="wide-only">New container</span>
          <span class="narrow-only visually-hidden">New container</span>
        </button>
        <ThemeButton />
        <button class="button quiet square" aria-label="More" aria-haspopup="menu" onClick={openMore}>
          <Icon name="more" />
        </button>
      </div>
      <Facets />
    </header>
  );
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" />
      <path class="mark-rows" d="M6.5 11.5h7M6.5 16h7M6.5 20.5h7" />
      <path class="mark-arrow" d="M16.5 16h8.2m-3.6-4 4 4-4 4" />
    </svg>
  );
}

function Live() {
  const { state } = connection.value;
  const words = { live: 'Live', connecting: 'Connecting', lost: 'Not connected' }[state];
  const about = controller.value;
  return (
    <span
      class={`live live-${state}`}
      role="status"
      title={about ? `Controller ${about.name}, COPA ${about.version}` : undefined}
    >
      <span class="live-dot" aria-hidden="true" />
      {words}
    </span>
  );
}

function Search() {
  const input = useRef<HTMLInputElement>(null);
  const { query } = filter.value;
  const set = (value: string) => (filter.value = { ...filter.peek(), query: value });
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input
        ref={input}
        id="search"
        type="search"
        placeholder="Search"
        aria-label="Search containers and pools: names, addresses, images, labels"
        autocomplete="off"
        spellcheck={false}
        value={query}
        onInput={(event) => set(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          if (query === '') input.current?.blur();
          else set('');
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}

function Facets() {
  const { facet } = filter.value;
  const sum = totals.value;
  const pools = allPools.value.length;
  const shown = facets.filter(([id]) => steadyFacets.includes(id) || sum[id] > 0 || facet === id);
  return (
    <div class="facets-line">
      <div class="facets" role="group" aria-label="Show only">
        {shown.map(([id, words]) => (
          <button
            key={id}
            class={`facet facet-${id}`}
            aria-pressed={facet === id}
            onClick={() => (filter.value = { ...filter.peek(), facet: id })}
          >
            {words}
            <span class="facet-count">{sum[id].toLocaleString('en')}</span>
          </button>
        ))}
      </div>
      <Grouping />
      <p class="total">
        {count(sum.all, 'container')} on {count(pools, 'pool')}
      </p>
    </div>
  );
}

/** Only where pools have labels. */
function Grouping() {
  const names = labelNames(allPools.value);
  if (names.length === 0) return null;
  return (
    <select
      class="grouping"
      aria-label="Group pools by a label"
      value={groupedBy.value}
      onChange={(event) => (groupedBy.value = event.currentTarget.value)}
    >
      <option value="">No groups</option>
      {names.map((name) => (
        <option key={name} value={name}>
          By {name}
        </option>
      ))}
    </select>
  );
}

function ThemeButton() {
  const next: Record<Theme, Theme> = { auto: 'light', light: 'dark', dark: 'auto' };
  const words = { auto: 'as the system is', light: 'light', dark: 'dark' };
  const { value } = theme;
  return (
    <button
      class="button quiet square"
      aria-label={`Colours: ${words[value]}. Change`}
      title={`Colours: ${words[value]}`}
      onClick={() => setTheme(next[value])}
    >
      <Icon name={value} />
    </button>
  );
}

function openMore(event: MouseEvent): void {
  openMenu(event.currentTarget as HTMLElement, 'More', [
    { label: 'Add a pool', icon: 'pools', onChoose: () => (dialog.value = { kind: 'add-pool' }) },
    { label: 'Links', icon: 'moves', onChoose: () => (dialog.value = { kind: 'links' }) },
    { label: 'Keyboard', icon: 'shell', onChoose: () => (dialog.value = { kind: 'shortcuts' }) },
    { label: 'The API', icon: 'log', onChoose: () => open('./docs', '_blank', 'noopener') },
    ...(isSignedIn() ? [{ label: 'Sign out', icon: 'close', onChoose: signOut } as const] : []),
  ]);
}
