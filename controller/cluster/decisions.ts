/**
 * Whether a controller may join, be removed or get a vote: decisions alone. etcd refuses what would lose its majority,
 * too, but in words of its own. A cluster of N controllers works as long as more than half of those with a vote do.
 */
import { CopaError } from '../../common/errors.js';

/** `joining`: it gets the data, and has no vote yet. */
export type ControllerState = 'up' | 'down' | 'joining';

export interface Controller {
  readonly name: string;
  /** Where the other controllers reach its etcd, IP:PORT; null: it has no other controllers, or an etcd of the user's own. */
  readonly address: string | null;
  readonly state: ControllerState;
  /** It leads etcd. */
  readonly isLeader: boolean;
  /** It answered this request. */
  readonly isThis: boolean;
  /** Null unless it is up. */
  readonly version: string | null;
  readonly startedAt: string | null;
  /** Its REST API for other machines; null: it serves only its own, or is not up. */
  readonly url: string | null;
}

type Known = Pick<Controller, 'name' | 'address' | 'state'>;

/** By its name, or by its address. Throws `not_found`. */
export function findController<Found extends Known>(all: readonly Found[], wanted: string): Found {
  const found = all.find(({ name, address }) => name === wanted || address === wanted);
  if (found) return found;
  const names = all.map(({ name }) => name).join(', ');
  throw new CopaError('not_found', `there is no controller "${wanted}"; there is ${names}`);
}

/** Throws `failed_precondition` when the others could not go on without it. */
export function checkRemoval(all: readonly Known[], wanted: string, mayLeaveOne: boolean): void {
  const gone = findController(all, wanted);
  if (all.length === 1) {
    throw refuse(
      `"${gone.name}" is the only controller: stop it, and purge its package, to give this installation up`,
    );
  }
  if (gone.state === 'joining') return;
  const left = all.filter((each) => each !== gone && each.state !== 'joining');
  const up = left.filter(({ state }) => state === 'up');
  const needed = majorityOf(left.length);
  if (up.length < needed) {
    const down = left.filter(({ state }) => state === 'down').map(({ name }) => name);
    throw refuse(
      `of the ${left.length} controllers that would be left, ${up.length} would be up, and ${needed} have to be: bring ${down.join(', ')} back, or remove ${down.length > 1 ? 'those' : 'that one'} first`,
    );
  }
  if (left.length === 1 && !mayLeaveOne) {
    throw refuse(
      `"${left[0]?.name}" would be the only controller left, and nothing would replace it when its machine fails: let another one join first ("copa controller token"), or give --alone if you want this`,
    );
  }
}

/** Throws `already_exists` for a name or address that is taken, `unavailable` while another one is joining. */
export function checkJoin(all: readonly Known[], joining: { name: string; address: string }): void {
  for (const { name, address } of all) {
    if (name === joining.name) {
      throw new CopaError(
        'already_exists',
        `there is a controller "${name}" already: join under another --name, or remove that one first ("copa controller remove ${name}")`,
      );
    }
    if (address === joining.address) {
      throw new CopaError('already_exists', `${address} is the address of controller "${name}" already`);
    }
  }
  const other = all.find(({ state }) => state === 'joining');
  if (!other) return;
  throw new CopaError(
    'unavailable',
    `controller "${other.name}" is joining, and controllers join one after the other: wait until it is up, or remove it ("copa controller remove ${other.name}")`,
  );
}

/** Throws `failed_precondition` when it has a vote. */
export function checkPromotion(all: readonly Known[], wanted: string): void {
  const found = findController(all, wanted);
  if (found.state !== 'joining') throw refuse(`controller "${found.name}" has a vote already`);
}

/** How many of `voters` have to be up. */
export function majorityOf(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

function refuse(message: string): CopaError {
  return new CopaError('failed_precondition', message);
}
