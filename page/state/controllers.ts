/**
 * The other controllers of this installation. They are kept in this browser, because nobody answers when they are needed.
 * Their pages are opened by links: a page may not use the API of another origin, and a token never leaves its tab.
 */
import { effect, signal } from '@preact/signals';
import { isCopaError } from '../../client/browser.js';
import { othersIn, parseOthers, type OtherController } from '../model/controllers.js';
import { copa } from './copa.js';
import { connection } from './live.js';

const key = 'copa.controllers';
/** Controllers are rarely added. */
const readAgainMs = 60_000;

export const otherControllers = signal<readonly OtherController[]>(parseOthers(localStorage.getItem(key)));

/** Reads them when the page is connected, and every minute. */
export function followControllers(): void {
  effect(() => {
    if (connection.value.state !== 'live') return;
    void read();
    const timer = setInterval(() => {
      if (!document.hidden) void read();
    }, readAgainMs);
    return () => clearInterval(timer);
  });
}

async function read(): Promise<void> {
  try {
    const { controllers } = await copa.controllers();
    const others = othersIn(controllers, otherControllers.peek());
    otherControllers.value = others;
    if (others.length > 0) localStorage.setItem(key, JSON.stringify(others));
    else localStorage.removeItem(key);
  } catch (error) {
    // What is remembered stays. The stream says what is wrong.
    if (!isCopaError(error)) console.error(error);
  }
}
