/** What a run does to pools and containers, over the REST API. */
import type { Connection, Container, Overview, Pool } from '../../client/index.js';
import { systemClock } from '../../common/async/clock.js';
import { CopaError, isCopaError } from '../../common/errors.js';
import { shown } from '../../common/names.js';

export const runLabel = 'scenario-run';
export const scenarioLabel = 'scenario';

/** How long a container may take to get an address. */
const addressMsMax = 30_000;
const commandSecondsMax = 60;

export interface Placed {
  readonly pool: string;
  readonly container: Container;
}

/** Names of containers and pools change while a move goes on, so all of it is read again each time. */
export class Fleet {
  constructor(readonly rest: Connection) {}

  async overview(
    labels?: string,
  ): Promise<Pick<Overview, 'controller'> & { readonly pools: readonly Pool[] }> {
    const pages: Overview[] = [];
    const chosen = labels === undefined ? {} : { labels };
    for await (const page of this.rest.pages((part) => this.rest.overview({ ...part, ...chosen })))
      pages.push(page);
    const [first] = pages;
    if (!first) throw new CopaError('internal', 'the controller returned no page of its overview');
    return { controller: first.controller, pools: pages.flatMap(({ pools }) => pools) };
  }

  /** The containers of a run, by the label that the run gave them. */
  async containersOf(run: string): Promise<Placed[]> {
    const { pools } = await this.overview(`${runLabel}=${run}`);
    return pools.flatMap(({ name, containers }) =>
      containers
        .filter(({ labels }) => labels[runLabel] === run)
        .map((container): Placed => ({ pool: name, container })),
    );
  }

  /** Throws `not_found` when it is on no pool. */
  async find(run: string, name: string): Promise<Placed> {
    const found = (await this.containersOf(run)).find(({ container }) => container.name === name);
    if (found) return found;
    throw new CopaError('not_found', `container ${shown(name)} is on no pool`);
  }

  async awaitAddress(run: string, name: string, signal: AbortSignal): Promise<string> {
    const until = systemClock.now() + addressMsMax;
    for (;;) {
      signal.throwIfAborted();
      const [address] = (await this.find(run, name)).container.addresses;
      if (address !== undefined) return address;
      if (systemClock.now() > until)
        throw new CopaError(
          'deadline_exceeded',
          `container ${shown(name)} has no address after ${addressMsMax / 1000} s`,
        );
      await systemClock.delay(300, signal);
    }
  }

  /** By a shell in the container. Throws when it does not end with 0. */
  async shell(
    at: { readonly pool: string; readonly name: string },
    command: string,
    signal: AbortSignal,
  ): Promise<void> {
    const order = {
      container_pool: at.pool,
      container_name: at.name,
      command: ['sh', '-c', command],
      timeout: commandSecondsMax,
    };
    const ran = await this.rest.container('exec', order, { signal });
    if (ran.exit_code === 0) return;
    const output = `${ran.stderr}${ran.stdout}`.trim().slice(0, 500);
    throw new CopaError('failed_precondition', `${command}: exit code ${String(ran.exit_code)}: ${output}`);
  }

  /** Wherever it is when the migration has ended in which it may be. */
  async removeContainer(run: string, { container: { name, migration } }: Placed): Promise<void> {
    if (migration !== null) {
      await this.rest.cancelMigration(migration).catch(unlessGone);
      for await (const { state } of this.rest.followMigration(migration)) if (state !== 'running') break;
    }
    const now = (await this.containersOf(run)).find(({ container }) => container.name === name);
    if (!now) return;
    const at = { container_pool: now.pool, container_name: name };
    if (now.container.status !== 'Stopped')
      await this.rest.container('stop', { ...at, stop_timeout: 5 }).catch(unlessGone);
    await this.rest.container('delete', at).catch((error: unknown) => {
      if (!isCopaError(error, 'not_found')) throw error;
    });
  }

  /** Ends an evacuation that this run began, and opens its pool. What it moved stays where it is. */
  async reopen(pool: string): Promise<void> {
    const awaitEnd = async () => {
      for await (const { running } of this.rest.followEvacuation(pool)) if (!running) break;
    };
    try {
      await this.rest.cancelEvacuation(pool).catch(unlessGone);
      await awaitEnd();
      await this.rest.pool('restore', { container_pool: pool, action: 'skip' }).catch(unlessGone);
      await awaitEnd();
    } catch (error) {
      // It was ordered, but never began.
      if (!isCopaError(error, 'not_found')) throw error;
    }
  }
}

/** It is in the wanted state already, or it is not there. */
function unlessGone(error: unknown): void {
  if (!isCopaError(error, 'not_found', 'failed_precondition')) throw error;
}
