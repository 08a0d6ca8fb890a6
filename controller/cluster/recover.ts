/**
 * Brings a cluster back that has lost its majority for good: this machine's etcd forgets all other members, and goes on
 * alone with the data that it has. What only the others had acknowledged is lost.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { giveToOwner } from '../../common/durable-file.js';
import { CopaError } from '../../common/errors.js';
import { startEmbeddedEtcd, type EmbeddedEtcd } from '../etcd-process/embedded-etcd.js';
import { readMembership } from '../etcd-process/membership.js';
import { keys } from '../store/keys.js';
import { Store } from '../store/store.js';

interface Options {
  readonly stateDirectory: string;
  readonly log: Logger;
  /** How long the other controllers get to answer. */
  readonly patienceMs?: number;
}

/** Elections take 1 to 2 s, and a machine may just be starting. */
const usualPatienceMs = 15_000;
const lookMs = 200;

/** The addresses of the members that are forgotten. Throws `failed_precondition` when nothing has to be recovered. */
export async function othersOf({
  stateDirectory,
  log,
  patienceMs = usualPatienceMs,
}: Options): Promise<string[]> {
  const membership = await readMembership(stateDirectory);
  if (!membership) {
    throw new CopaError(
      'failed_precondition',
      `${stateDirectory} is not that of one of several controllers: nothing has to be recovered`,
    );
  }
  if (!(await stat(join(stateDirectory, 'etcd', 'member')).catch(() => undefined))) {
    throw new CopaError(
      'failed_precondition',
      `${stateDirectory} has no data: recover on another controller's machine, or restore a backup ("copa backup restore")`,
    );
  }
  const etcd = await startEmbeddedEtcd(stateDirectory, log);
  try {
    etcd.check();
    if (await servesWithin(etcd, patienceMs)) {
      throw new CopaError(
        'failed_precondition',
        'a majority of the controllers answers: nothing has to be recovered. "copa controller remove NAME" removes one that is gone',
      );
    }
    return membership.initialCluster
      .split(',')
      .flatMap((each) => each.split('=https://')[1] ?? [])
      .filter((address) => address !== membership.address);
  } finally {
    await etcd.stop();
    await giveToOwner(stateDirectory);
  }
}

async function servesWithin({ gateway }: EmbeddedEtcd, patienceMs: number): Promise<boolean> {
  const end = Date.now() + patienceMs;
  do {
    if (await gateway.isServing()) return true;
    await delay(lookMs);
  } while (Date.now() < end);
  return false;
}

/** Returns the number of entries that it has. No service may run on the state directory. */
export async function recoverAlone({ stateDirectory, log }: Options): Promise<number> {
  const etcd = await startEmbeddedEtcd(stateDirectory, log, { forceNewCluster: true });
  const store = new Store(etcd.endpoints);
  try {
    return (await store.listAll(keys.all)).entries.length;
  } finally {
    store.close();
    await etcd.stop();
    await giveToOwner(stateDirectory);
  }
}
