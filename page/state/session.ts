/** The token of this tab, if the controller needs one. It is kept until the tab closes, and nowhere else. */
import { signal } from '@preact/signals';

const key = 'copa.token';

const current = signal(sessionStorage.getItem(key) ?? '');

/** Why the user has to enter a token; undefined when none is needed. */
export const tokenRequest = signal<string | undefined>(undefined);

export function token(): string {
  return current.value;
}

export function signIn(value: string): void {
  sessionStorage.setItem(key, value);
  current.value = value;
  tokenRequest.value = undefined;
}

/** Forgets the token and everything that was read with it. */
export function signOut(): void {
  sessionStorage.removeItem(key);
  location.reload();
}

/** The controller answered 401. */
export function requestToken(reason: string): void {
  tokenRequest.value = reason;
}

export function isSignedIn(): boolean {
  return current.value !== '';
}
