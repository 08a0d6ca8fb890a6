import { dismiss, announced, toasts } from '../state/toasts.js';
import { Icon } from './icons.js';

/** Failures interrupt a screen reader. Other messages wait. */
export function Toasts() {
  const bad = toasts.value.filter(({ tone }) => tone === 'bad');
  const good = toasts.value.filter(({ tone }) => tone !== 'bad');
  return (
    <div class="toasts">
      <div role="alert">{bad.map(Item)}</div>
      <div role="status">{good.map(Item)}</div>
      <div role="status" class="visually-hidden">
        {announced.value}
      </div>
    </div>
  );
}

function Item({ number, tone, text }: (typeof toasts.value)[number]) {
  return (
    <div key={number} class={`toast toast-${tone}`}>
      <Icon name={tone === 'bad' ? 'warning' : 'check'} />
      <p>{text}</p>
      <button class="button quiet square small" aria-label="Dismiss" onClick={() => dismiss(number)}>
        <Icon name="close" />
      </button>
    </div>
  );
}
