/** The token of this tab, if the controller wants one. It lives as long as the tab, and nowhere else. */
import { signal } from '@preact/signals';

const key = 'copa.token';

const current = signal(sessionStorage.getItem(key) ?? '');

/** Why a token is being asked for; undefined while none has to be. */
export const askedFor = signal<string | undefined>(undefined);

export function token(): string {
  return current.value;
}

export function signIn(value: string): void {
  sessionStorage.setItem(key, value);
  current.value = value;
  askedFor.value = undefined;
}

/** Forgets the token and all that was read with it. */
export function signOut(): void {
  sessionStorage.removeItem(key);
  location.reload();
}

/** The controller answered 401. */
export function askForToken(why: string): void {
  askedFor.value = why;
}

export function isSignedIn(): boolean {
  return current.value !== '';
}
