/** The keys that work anywhere, and those of a row of the board. */
import { act } from '../state/actions.js';
import { poolSignal } from '../state/live.js';
import { statusKind } from '../state/fleet.js';
import { dialog, filter, select, selected } from '../state/ui.js';
import { everything } from '../state/filter.js';
import type { ContainerRef } from '../model/api-types.js';
import { openContainerMenu } from './container-menu.js';

export const shortcuts: readonly (readonly [keys: string, what: string])[] = [
  ['/', 'search'],
  ['C', 'a new container'],
  ['↑ ↓ ← →', 'from container to container, and to the pools beside'],
  ['Enter', 'the details of a container'],
  ['M', 'move a container'],
  ['S', 'start or stop a container'],
  ['T', 'a shell in a container'],
  ['.', 'all operations on a container'],
  ['Delete', 'delete a container'],
  ['Esc', 'close an open panel, cancel a drag'],
  ['?', 'this list'],
];

/** Returns the function that removes the listeners. */
export function listenToKeys(): () => void {
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target as HTMLElement;
  if (dialog.value || target.closest('input, textarea, select, dialog, [role=menu]')) return;
  const row = target.closest<HTMLElement>('.row');
  const handled = row ? onRowKey(event, row) || onPageKey(event) : onPageKey(event);
  if (handled) event.preventDefault();
}

function onPageKey({ key }: KeyboardEvent): boolean {
  switch (key) {
    case '/':
      document.getElementById('search')?.focus();
      return true;
    case 'c':
      dialog.value = { kind: 'create' };
      return true;
    case '?':
      dialog.value = { kind: 'shortcuts' };
      return true;
    case 'Escape':
      if (selected.value) select(undefined);
      else filter.value = everything;
      return true;
    default:
      return false;
  }
}

export function placeOfRow(row: HTMLElement): ContainerRef {
  return { pool: row.dataset['pool'] ?? '', name: row.dataset['name'] ?? '' };
}

function onRowKey({ key }: KeyboardEvent, row: HTMLElement): boolean {
  const place = placeOfRow(row);
  switch (key) {
    case 'ArrowDown':
    case 'ArrowUp':
    case 'ArrowLeft':
    case 'ArrowRight':
      return goFrom(row, key);
    case 'm':
      dialog.value = { kind: 'move', place };
      return true;
    case 't':
      dialog.value = { kind: 'shell', place };
      return true;
    case 'Delete':
      dialog.value = { kind: 'delete', place };
      return true;
    case '.': {
      const opener = row.querySelector<HTMLElement>('.row-more');
      if (opener) openContainerMenu(opener, place);
      return true;
    }
    case 's':
      toggle(place);
      return true;
    default:
      return false;
  }
}

function toggle(place: ContainerRef): void {
  const container = poolSignal(place.pool)?.value.containers.find(({ name }) => name === place.name);
  if (container) void act(statusKind(container.status) === 'stopped' ? 'start' : 'stop', place, {});
}

/** Moves to the nearest row in this direction on the screen. */
function goFrom(row: HTMLElement, key: string): boolean {
  const from = row.getBoundingClientRect();
  let best: HTMLElement | undefined;
  let bestDistance = Infinity;
  for (const other of document.querySelectorAll<HTMLElement>('.board .row')) {
    if (other === row) continue;
    const at = other.getBoundingClientRect();
    const right = at.left - from.left;
    const down = at.top - from.top;
    const isUpright = key === 'ArrowDown' || key === 'ArrowUp';
    const ahead = (isUpright ? down : right) * (key === 'ArrowDown' || key === 'ArrowRight' ? 1 : -1);
    const aside = isUpright ? right : down;
    if (ahead <= 1) continue;
    const distance = ahead + 3 * Math.abs(aside);
    if (distance < bestDistance) [best, bestDistance] = [other, distance];
  }
  best?.querySelector<HTMLElement>('.row-name')?.focus();
  best?.scrollIntoView({ block: 'nearest' });
  return best !== undefined;
}
