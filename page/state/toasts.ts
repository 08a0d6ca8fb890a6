/** Short words about what was done, and long ones about what failed. Also what screen readers are told. */
import { signal } from '@preact/signals';

export interface Toast {
  readonly number: number;
  readonly tone: 'good' | 'bad' | 'plain';
  readonly text: string;
}

/** Good news goes by itself; bad news stays until it is put away. */
const goodMs = 6000;

export const toasts = signal<readonly Toast[]>([]);
/** For what is seen anyway and has only to be announced. */
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
