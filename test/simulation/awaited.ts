// What is known to go wrong and is still to be built: expected failures, each with its history. When one of them
// goes well, its test says so, and it is to be taken off this list.
import type { Scope } from './history.js';

export interface Awaited {
  /** What a person does that is not withstood yet. */
  readonly what: string;
  readonly scope: Scope;
  readonly seed: number;
  readonly violation: RegExp;
}

export const awaited: readonly Awaited[] = [];
