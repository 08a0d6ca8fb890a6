/**
 * What a state of a container asks for: a move, a stop, or its earlier state. Each command can be repeated by whoever has
 * the record, and is fenced by the claim of it.
 */
import { CopaError, isCopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import type { HostCalls } from '../hosts/client.js';
import type { Inventory } from '../inventory/inventory.js';
import { ownMoveOptions } from '../migration/own-moves.js';
import type { MigrationService } from '../migration/service.js';
import type { Evacuation, EvacuationItem } from '../model/evacuation.js';
import type { Outcome } from './machine.js';

/** The entry of the store that shows who has the record. */
export interface Claim {
  readonly key: string;
  readonly revision: number;
}

export interface CommandParts {
  readonly host: (pool: string) => Promise<HostCalls>;
  readonly inventory: Pick<Inventory, 'all'>;
  readonly migrations: Pick<MigrationService, 'begin' | 'find'>;
}

/** How long a container may take to shut down; then it is killed, as by `copa stop`. */
const stopSeconds = 30;
const shortMs = 60_000;
const stopMs = stopSeconds * 1000 + shortMs;

/** Undefined: nobody knows what came of it, and it is to be repeated. Throws only on a bug. */
export async function execute(
  parts: CommandParts,
  record: Evacuation,
  item: EvacuationItem,
  claim: Claim,
): Promise<Outcome | undefined> {
  try {
    switch (item.state) {
      case 'moving':
        return await leave(parts, record, item, claim);
      case 'returning':
        return await comeBack(parts, record, item, claim);
      case 'stopping':
        return await stop(parts, record, item, claim);
      case 'starting':
        return await restore(parts, record, item, claim);
      default:
        throw new Error(`nothing is to be done for a container that is ${item.state}`);
    }
  } catch (error) {
    if (!isCopaError(error)) throw error;
    if (isUnknownOutcome(error)) return undefined;
    return { kind: 'failed', message: messageOf(error) };
  }
}

async function leave(
  { migrations, host }: CommandParts,
  { pool }: Evacuation,
  item: EvacuationItem,
  claim: Claim,
): Promise<Outcome | undefined> {
  const { container, destination = '', migration = '' } = item;
  if (!(await isThere(await host(pool), item)))
    return { kind: 'changed', message: `it is not on ${pool} any more` };
  const order = { id: migration, evacuation: pool, claim, mayEnter: false };
  await migrations.begin({ container, source: pool, destination, options: ownMoveOptions, order });
  return undefined;
}

async function comeBack(
  { migrations, host, inventory }: CommandParts,
  { pool }: Evacuation,
  item: EvacuationItem,
  claim: Claim,
): Promise<Outcome | undefined> {
  const { container, destination: source = '', migration = '' } = item;
  if (!(await isThere(await host(source), item))) {
    const others = inventory.all().filter(({ containers }) => containers.get(container) !== undefined);
    const elsewhere = others.map(({ name }) => name).filter((name) => name !== source);
    const now = elsewhere.length > 0 ? `; a container of that name is on ${elsewhere.join(', ')}` : '';
    return {
      kind: 'changed',
      message: `it is not on ${source} any more: it was deleted, moved or renamed there${now}`,
    };
  }
  const order = { id: migration, evacuation: pool, claim, mayEnter: true };
  await migrations.begin({ container, source, destination: pool, options: ownMoveOptions, order });
  return undefined;
}

/** Whether the host still has this container, and not another one of its name. */
async function isThere(host: HostCalls, { container, uuid }: EvacuationItem): Promise<boolean> {
  try {
    const { config } = await host.call('DescribeSettings', { container }, { deadlineMs: shortMs });
    return uuid === '' || (config['volatile.uuid'] ?? uuid) === uuid;
  } catch (error) {
    if (isCopaError(error, 'not_found')) return false;
    throw error;
  }
}

async function stop(
  { host }: CommandParts,
  record: Evacuation,
  { container, uuid }: EvacuationItem,
  claim: Claim,
): Promise<Outcome> {
  const request = { ...commandOf(record, container, uuid, claim), timeoutSeconds: stopSeconds };
  return resultOf(async () =>
    (await host(record.pool)).call('ParkContainer', request, { deadlineMs: stopMs }),
  );
}

async function restore(
  { host }: CommandParts,
  record: Evacuation,
  { container, uuid, wasRunning, parked = false }: EvacuationItem,
  claim: Claim,
): Promise<Outcome> {
  const request = {
    ...commandOf(record, container, uuid, claim),
    ...{ run: wasRunning, timeoutSeconds: stopSeconds, onlyParked: parked },
  };
  return resultOf(async () =>
    (await host(record.pool)).call('UnparkContainer', request, { deadlineMs: stopMs }),
  );
}

function commandOf({ id, fenceBase = 0 }: Evacuation, container: string, uuid: string, claim: Claim) {
  return { evacuationId: id, container, uuid, fence: fenceBase + claim.revision };
}

/** `not_found` and `aborted` mean that the container is not what it was. */
async function resultOf(work: () => Promise<unknown>): Promise<Outcome> {
  try {
    await work();
    return { kind: 'done' };
  } catch (error) {
    if (error instanceof CopaError && error.code === 'not_found') {
      return { kind: 'changed', message: messageOf(error) };
    }
    throw error;
  }
}
