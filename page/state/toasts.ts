/** Short messages about successes, and long ones about failures. Screen readers read them, too. */
import { signal } from '@preact/signals';

export interface Toast {
  readonly number: number;
  readonly tone: 'good' | 'bad' | 'plain';
  readonly text: string;
}

/** Success messages disappear by themselves. Failures stay until they are closed. */
const goodMs = 6000;

export const toasts = signal<readonly Toast[]>([]);
/** For changes that are visible anyway and only have to be announced. */
export const announced = signal('');

let number = 0;

export function toast(tone: Toast['tone'], text: string): void {
  number += 1;
  const made = { number, tone, text };
  toasts.value = [...toasts.value.slice(-4), made];
  if (tone !== 'bad') setTimeout(() => dismiss(made.number), goodMs);
}

export function dismiss(which: number): void {
  toasts.value = toasts.value.filter((each) => each.number !== which);
}

export function say(text: string): void {
  announced.value = text;
}
