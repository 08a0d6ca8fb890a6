/**
 * Dragging a container onto another pool: with the mouse at once, with a finger after it rested for a moment, so
 * that a swipe still scrolls. Escape cancels the drag. Near an edge the board scrolls by itself.
 */
import { poolSignal, moving } from '../state/live.js';
import { placeKey } from '../state/phases.js';
import { say } from '../state/toasts.js';
import { dialog } from '../state/ui.js';
import { placeOfRow } from './keys.js';

const thresholdPx = 6;
const restMs = 350;
const edgePx = 70;
const scrollPxPerFrame = 14;

/** Begins a drag if the pointer went down on the row of a container that is not moving. */
export function startDrag(down: PointerEvent): void {
  const target = down.target as HTMLElement;
  const row = target.closest<HTMLElement>('.row');
  const board = row?.closest<HTMLElement>('.board');
  if (!row || !board || down.button !== 0 || target.closest('.row-more')) return;
  const place = placeOfRow(row);
  if (moving.peek().has(placeKey(place.pool, place.name))) return;
  new Drag(down, { row, board, place });
}

interface Dragged {
  readonly row: HTMLElement;
  readonly board: HTMLElement;
  readonly place: ReturnType<typeof placeOfRow>;
}

class Drag {
  /** Follows the pointer once the drag has begun. */
  #ghost: HTMLElement | undefined;
  /** The card of the pool under the pointer. */
  #over: HTMLElement | undefined;
  #at: { readonly x: number; readonly y: number };
  #frame = 0;
  readonly #rest: ReturnType<typeof setTimeout> | undefined;
  readonly #listening = new AbortController();

  constructor(
    private readonly down: PointerEvent,
    private readonly dragged: Dragged,
  ) {
    this.#at = { x: down.clientX, y: down.clientY };
    this.#rest = down.pointerType === 'mouse' ? undefined : setTimeout(() => this.#begin(), restMs);
    const { signal } = this.#listening;
    addEventListener('pointermove', (event) => this.#onMove(event), { signal });
    addEventListener('pointerup', (event) => this.#onUp(event), { signal });
    addEventListener('pointercancel', () => this.#end(), { signal });
    addEventListener('keydown', (event) => this.#onKey(event), { capture: true, signal });
    addEventListener('touchmove', (event) => this.#onTouch(event), { passive: false, signal });
  }

  #begin(): void {
    const { row, place } = this.dragged;
    this.#ghost = document.createElement('div');
    this.#ghost.className = 'ghost';
    this.#ghost.textContent = place.name;
    document.body.append(this.#ghost);
    document.documentElement.classList.add('is-dragging');
    row.classList.add('is-dragged');
    say(`Dragging ${place.name}. Drop it on a pool to move it there.`);
    this.#follow();
    this.#frame = requestAnimationFrame(() => this.#scroll());
  }

  #onMove(move: PointerEvent): void {
    if (move.pointerId !== this.down.pointerId) return;
    this.#at = { x: move.clientX, y: move.clientY };
    const isFar =
      Math.hypot(move.clientX - this.down.clientX, move.clientY - this.down.clientY) > thresholdPx;
    if (!this.#ghost && isFar) {
      if (this.down.pointerType === 'mouse') this.#begin();
      else this.#end();
    }
    this.#follow();
  }

  #follow(): void {
    const { x, y } = this.#at;
    if (!this.#ghost) return;
    this.#ghost.style.transform = `translate(${x + 12}px, ${y + 10}px)`;
    const card = document.elementFromPoint(x, y)?.closest<HTMLElement>('.pool') ?? undefined;
    if (card === this.#over) return;
    this.#over?.classList.remove('is-target', 'is-no-target');
    this.#over = card;
    const name = card?.dataset['pool'] ?? '';
    const state = poolSignal(name)?.peek().state;
    const isPossible = card !== undefined && name !== this.dragged.place.pool && state !== 'down';
    card?.classList.add(isPossible ? 'is-target' : 'is-no-target');
    this.#ghost.classList.toggle('is-possible', isPossible);
    this.#ghost.dataset['to'] = isPossible ? name : '';
  }

  #scroll(): void {
    const { board } = this.dragged;
    const { top, bottom } = board.getBoundingClientRect();
    if (this.#at.y < top + edgePx) board.scrollTop -= scrollPxPerFrame;
    else if (this.#at.y > bottom - edgePx) board.scrollTop += scrollPxPerFrame;
    this.#follow();
    this.#frame = requestAnimationFrame(() => this.#scroll());
  }

  #onUp(up: PointerEvent): void {
    if (up.pointerId !== this.down.pointerId) return;
    const destination = this.#ghost?.dataset['to'];
    if (this.#ghost) {
      // The click that follows ends the drag; it must not select the container.
      addEventListener('click', swallow, { capture: true, once: true });
      setTimeout(() => removeEventListener('click', swallow, { capture: true }), 0);
    }
    this.#end();
    if (destination) dialog.value = { kind: 'move', place: this.dragged.place, destination };
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || !this.#ghost) return;
    swallow(event);
    this.#end();
  }

  #onTouch(event: TouchEvent): void {
    if (this.#ghost) event.preventDefault();
  }

  #end(): void {
    this.#listening.abort();
    clearTimeout(this.#rest);
    cancelAnimationFrame(this.#frame);
    this.#ghost?.remove();
    this.#ghost = undefined;
    this.#over?.classList.remove('is-target', 'is-no-target');
    document.documentElement.classList.remove('is-dragging');
    this.dragged.row.classList.remove('is-dragged');
  }
}

function swallow(event: Event): void {
  event.stopPropagation();
  event.preventDefault();
}
