/** How long calls of etcd are waited for: decisions alone. */

/** How long a call is retried before etcd counts as unreachable. Raising it makes requests wait longer. */
const patienceMs = 5000;
/**
 * The same with several controllers, whose clients go to another one then. Longer than the members of etcd take to find a
 * new leader (2 to 3 s).
 */
const patienceOfManyMs = 4000;
/** The deadline of one attempt. Without it, a call to a frozen etcd never ends. */
export const attemptMs = 3000;
/**
 * The deadline of short calls where a member of etcd may have lost its leader or hang: some answer at once when they are
 * called again. Lists take longer.
 */
const attemptOfManyMs = 1000;

interface Circumstances {
  readonly request: 'read' | 'list' | 'transact';
  /** Other controllers may use the same data. */
  readonly isShared: boolean;
  /** No call has been answered since one was given up. */
  readonly isSilent: boolean;
}

export interface Patience {
  /** Of each attempt. */
  readonly attemptMs: number;
  readonly allMs: number;
}

/** With other controllers, a call does not wait long for an etcd that was given up just before: theirs may work. */
export function patienceFor({ request, isShared, isSilent }: Circumstances): Patience {
  const attempt = isShared && request !== 'list' ? attemptOfManyMs : attemptMs;
  if (!isShared) return { attemptMs: attempt, allMs: patienceMs };
  return { attemptMs: attempt, allMs: isSilent ? attempt : patienceOfManyMs };
}
