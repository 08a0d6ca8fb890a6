/**
 * A container dragged onto another pool: with the mouse at once, with a finger after a moment's rest, so that
 * a swipe still scrolls. Escape lets it go. Near an edge the board scrolls by itself.
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

export function startDrag(down: PointerEvent): void {
  const target = down.target as HTMLElement;
  const row = target.closest<HTMLElement>('.row');
  if (!row || down.button !== 0 || target.closest('.row-more')) return;
  const place = placeOfRow(row);
  if (moving.peek().has(placeKey(place.pool, place.name))) return;
  const board = row.closest<HTMLElement>('.board');
  if (!board) return;

  let ghost: HTMLElement | undefined;
  let over: HTMLElement | undefined;
  let at = { x: down.clientX, y: down.clientY };
  let frame = 0;
  const rest = down.pointerType === 'mouse' ? undefined : setTimeout(begin, restMs);

  function begin() {
    if (!board) return;
    ghost = document.createElement('div');
    ghost.className = 'ghost';
    ghost.textContent = place.name;
    document.body.append(ghost);
    document.documentElement.classList.add('is-dragging');
    row?.classList.add('is-dragged');
    say(`Dragging ${place.name}. Drop it on a pool to move it there.`);
    follow();
    frame = requestAnimationFrame(scroll);
  }

  function onMove(move: PointerEvent) {
    if (move.pointerId !== down.pointerId) return;
    at = { x: move.clientX, y: move.clientY };
    const isFar = Math.hypot(at.x - down.clientX, at.y - down.clientY) > thresholdPx;
    if (!ghost && isFar && down.pointerType === 'mouse') begin();
    else if (!ghost && isFar) end();
    if (ghost) follow();
  }

  function follow() {
    if (!ghost) return;
    ghost.style.transform = `translate(${at.x + 12}px, ${at.y + 10}px)`;
    const card = document.elementFromPoint(at.x, at.y)?.closest<HTMLElement>('.pool') ?? undefined;
    if (card === over) return;
    over?.classList.remove('is-target', 'is-no-target');
    over = card;
    const name = card?.dataset['pool'] ?? '';
    const state = poolSignal(name)?.peek().state;
    const isPossible = card !== undefined && name !== place.pool && state !== 'down';
    card?.classList.add(isPossible ? 'is-target' : 'is-no-target');
    ghost.classList.toggle('is-possible', isPossible);
    ghost.dataset['to'] = isPossible ? name : '';
  }

  function scroll() {
    if (!board) return;
    const { top, bottom } = board.getBoundingClientRect();
    if (at.y < top + edgePx) board.scrollTop -= scrollPxPerFrame;
    else if (at.y > bottom - edgePx) board.scrollTop += scrollPxPerFrame;
    follow();
    frame = requestAnimationFrame(scroll);
  }

  function onUp(up: PointerEvent) {
    if (up.pointerId !== down.pointerId) return;
    const destination = ghost?.dataset['to'];
    if (ghost) {
      // The click that follows is the end of the drag, and no choice of the container.
      addEventListener('click', swallow, { capture: true, once: true });
      setTimeout(() => removeEventListener('click', swallow, { capture: true }), 0);
    }
    end();
    if (destination) dialog.value = { kind: 'move', place, destination };
  }

  function onKey(event: KeyboardEvent) {
    if (event.key !== 'Escape' || !ghost) return;
    event.preventDefault();
    event.stopPropagation();
    end();
  }

  function onTouch(event: TouchEvent) {
    if (ghost) event.preventDefault();
  }

  function end() {
    clearTimeout(rest);
    cancelAnimationFrame(frame);
    ghost?.remove();
    ghost = undefined;
    over?.classList.remove('is-target', 'is-no-target');
    document.documentElement.classList.remove('is-dragging');
    row?.classList.remove('is-dragged');
    removeEventListener('pointermove', onMove);
    removeEventListener('pointerup', onUp);
    removeEventListener('pointercancel', end);
    removeEventListener('keydown', onKey, true);
    removeEventListener('touchmove', onTouch);
  }

  addEventListener('pointermove', onMove);
  addEventListener('pointerup', onUp);
  addEventListener('pointercancel', end);
  addEventListener('keydown', onKey, true);
  addEventListener('touchmove', onTouch, { passive: false });
}

function swallow(event: Event): void {
  event.stopPropagation();
  event.preventDefault();
}
