// Known problems whose solution is not built yet: expected failures, each with its history. When one of them
// succeeds, its test fails, and it has to be removed from this list.
import { builtScope, type Scope } from './history.js';

/** What happens so rarely that few of the ordinary histories would have it. */
export const rareScope: Scope = { ...builtScope, rare: ['lose etcd', 'copy mark', 'resolve', 'resolve'] };

/** The controller's machine is restored from a backup while containers move. */
export const restoredScope: Scope = { ...builtScope, rare: ['restore etcd'] };

export interface Awaited {
  /** A user's action that is not handled yet. */
  readonly what: string;
  readonly scope: Scope;
  readonly seed: number;
  readonly violation: RegExp;
}

export const awaited: readonly Awaited[] = [];
