/** What the user has opened, selected and typed. */
import { computed, signal } from '@preact/signals';
import type { ContainerRef } from '../model/api-types.js';
import { everything, type Filter } from './filter.js';
import type { Subject } from './history.js';

export type Panel = 'moves' | 'policies' | 'networks' | 'events';

export type Dialog =
  | { readonly kind: 'move'; readonly place: ContainerRef; readonly destination?: string }
  | { readonly kind: 'create'; readonly pool?: string }
  | {
      readonly kind: 'delete' | 'console' | 'shell' | 'snapshot' | 'limits' | 'rename' | 'copy';
      readonly place: ContainerRef;
    }
  | { readonly kind: 'restore' | 'delete-snapshot'; readonly place: ContainerRef; readonly snapshot: string }
  | { readonly kind: 'remove-pool' | 'evacuate' | 'evacuation' | 'return'; readonly pool: string }
  | { readonly kind: 'history'; readonly subject: Subject }
  | { readonly kind: 'add-pool' | 'shortcuts' | 'links' };

export const dialog = signal<Dialog | undefined>(undefined);
export const filter = signal<Filter>(everything);
/** The label by which the board groups pools; empty: it does not. */
export const groupedBy = signal('');
/** Pools of which all containers are shown. */
export const expanded = signal<ReadonlySet<string>>(new Set());
/** Closed at first on narrow screens. */
export const panel = signal<Panel | undefined>(undefined);

/** The container whose details are shown. It is in the page's address, so that the address can be saved and sent. */
export const selected = signal<ContainerRef | undefined>(placeOf(location.hash));
addEventListener('hashchange', () => {
  selected.value = placeOf(location.hash);
});

/** Parses `#POOL/CONTAINER`. A pool's name has no slash. */
function placeOf(hash: string): ContainerRef | undefined {
  const [pool, name] = hash.slice(1).split('/').map(decodeURIComponent);
  return pool && name ? { pool, name } : undefined;
}

export function select(place: ContainerRef | undefined): void {
  const hash = place ? `#${encodeURIComponent(place.pool)}/${encodeURIComponent(place.name)}` : '';
  history.replaceState(null, '', `${location.pathname}${location.search}${hash}`);
  selected.value = place;
}

/** A clock with a resolution of a second, so that "12 s ago" advances without events. */
export const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 1000);

export type Theme = 'auto' | 'light' | 'dark';
const themeKey = 'copa.theme';

export const theme = signal<Theme>(readTheme());
applyTheme(theme.value);

export function setTheme(value: Theme): void {
  theme.value = value;
  localStorage.setItem(themeKey, value);
  applyTheme(value);
}

function readTheme(): Theme {
  const kept = localStorage.getItem(themeKey);
  return kept === 'light' || kept === 'dark' ? kept : 'auto';
}

function applyTheme(value: Theme): void {
  document.documentElement.dataset['theme'] = value;
}

export const isFiltered = computed(() => filter.value.query.trim() !== '' || filter.value.facet !== 'all');
