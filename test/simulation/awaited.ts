// Known problems whose solution is not built yet: expected failures, each with its history. When one of them
// succeeds, its test fails, and it has to be removed from this list.
import type { Scope } from './history.js';

export interface Awaited {
  /** A user's action that is not handled yet. */
  readonly what: string;
  readonly scope: Scope;
  readonly seed: number;
  readonly violation: RegExp;
}

export const awaited: readonly Awaited[] = [];
