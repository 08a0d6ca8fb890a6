/**
 * The container verbs. Each looks before it acts, so that a verb that makes no sense in the container's
 * state is told as such, and returns when the daemon has really done it.
 */
import { availableParallelism } from 'node:os';
import { CopaError, isCopaError } from '../../common/errors.js';
import { carryingRequestId, currentRequestId } from '../../common/observability/request-id.js';
import { withInstance, malformedReply, type Host } from './instance-guard.js';
import { WorkQueue } from '../../common/async/work-queue.js';
import {
  changeState,
  consoleLog,
  copyInstance,
  deleteInstance,
  findInstance,
  getInstance,
  instancePath,
  kill,
  nameIn,
  renameInstance,
  restart,
  shutDown,
  unfreeze,
  updateInstance,
} from '../lxd/instances.js';
import { deleteSnapshot, listSnapshots } from '../lxd/snapshots.js';
import { runOperation } from '../lxd/operations.js';
import { removeEmptySnapshots } from '../lxd/stale-snapshots.js';
import type { Instance, InstanceFull, InstanceState } from '../lxd/types.js';
import { findImage } from './images.js';
import { isHelperSnapshot } from '../model/helper-snapshots.js';
import { isMarkKey, unmarking } from '../model/marks.js';

const createTimeoutMs = 600_000;

/** Each question for a running container's state costs the daemon a process of its own. */
const statesMax = { atOnceMax: Math.max(4, 2 * availableParallelism()), waitingMax: 4096 };

/** Empty takes a limit off; undefined leaves it as it is. */
interface Limits {
  readonly cpu?: string;
  readonly memory?: string;
}

interface Information {
  readonly container: string;
  readonly state: InstanceState;
}

export class Containers {
  readonly #states = new WorkQueue('reads of a state', statesMax);

  constructor(private readonly host: Host) {}

  async list(): Promise<string[]> {
    const paths = await this.host.lxd.getShared<string[]>('/1.0/instances?instance-type=container');
    return paths.map(nameIn);
  }

  /** The state of one container (two small questions at the same time), or of all in one question. */
  async information(container?: string): Promise<Information[]> {
    if (container !== undefined) {
      // A virtual machine has a state as well; the list of containers, which costs the daemon least, tells.
      const id = currentRequestId();
      const state = this.#askState(container);
      const [names] = await Promise.all([this.list(), state.catch(() => undefined)]);
      if (!names.includes(container))
        await carryingRequestId(id, () => getInstance(this.host.lxd, container));
      return [{ container, state: await state }];
    }
    const all = await this.host.lxd.getShared<InstanceFull[]>(
      '/1.0/instances?recursion=2&instance-type=container',
      120_000,
    );
    return all.flatMap(({ name, state }) => (state ? [{ container: name, state }] : []));
  }

  /** The state of a page's containers, each asked alone: a page costs what is on it, not what is on the host. */
  async informationPage(limit: number, after: string): Promise<{ items: Information[]; next: string }> {
    const id = currentRequestId();
    const behind = (await this.list()).filter((name) => name > after).sort();
    const names = behind.slice(0, limit);
    const states = await Promise.all(names.map((name) => carryingRequestId(id, () => this.#stateOf(name))));
    return {
      items: states.flatMap((state, at) => (state ? [{ container: names[at] ?? '', state }] : [])),
      next: behind.length > limit ? (names.at(-1) ?? '') : '',
    };
  }

  #askState(name: string): Promise<InstanceState> {
    return this.#states.run(() => this.host.lxd.getShared<InstanceState>(`${instancePath(name)}/state`));
  }

  /** Undefined when it has gone since it was listed. */
  async #stateOf(name: string): Promise<InstanceState | undefined> {
    try {
      return await this.#askState(name);
    } catch (error) {
      if (isCopaError(error, 'not_found')) return undefined;
      throw error;
    }
  }

  async consoleLog(name: string): Promise<Buffer> {
    await getInstance(this.host.lxd, name);
    return consoleLog(this.host.lxd, name);
  }

  create(name: string, image: string, limits: Limits): Promise<void> {
    return this.#newName(name, 'create', async () => {
      const source = { type: 'image', fingerprint: await findImage(this.host.lxd, image) };
      const set = Object.entries(limitKeys(limits)).filter(([, value]) => value !== null);
      const body = { name, source, config: Object.fromEntries(set) };
      await runOperation(this.host.lxd, { method: 'POST', path: '/1.0/instances', body }, createTimeoutMs);
    });
  }

  start(name: string): Promise<void> {
    return this.#act(name, 'start', async ({ status }) => {
      if (status === 'Running') throw malformedReply(name, 'is already running');
      if (status === 'Frozen') throw malformedReply(name, 'is frozen: unfreeze it instead');
      await changeState(this.host.lxd, name, 'start');
    });
  }

  stop(name: string, timeoutSeconds: number): Promise<void> {
    return this.#act(name, 'stop', async ({ status }) => {
      if (status === 'Stopped') throw malformedReply(name, 'is already stopped');
      if (!(await shutDown(this.host.lxd, name, timeoutSeconds))) await kill(this.host.lxd, name);
    });
  }

  freeze(name: string): Promise<void> {
    return this.#act(name, 'freeze', async ({ status }) => {
      if (status === 'Frozen') throw malformedReply(name, 'is already frozen');
      if (status !== 'Running') throw malformedReply(name, 'is not running, so it cannot be frozen');
      await changeState(this.host.lxd, name, 'freeze');
    });
  }

  unfreeze(name: string): Promise<void> {
    return this.#act(name, 'unfreeze', async (instance) => {
      const { status } = instance;
      if (status !== 'Frozen' && status !== 'Freezing') throw malformedReply(name, 'is not frozen');
      await unfreeze(this.host.lxd, instance);
    });
  }

  delete(name: string): Promise<void> {
    return this.#act(name, 'delete', async (instance) => {
      const { status, config, expanded_config: effective = config } = instance;
      if (status !== 'Stopped') throw malformedReply(name, `is ${status.toLowerCase()}: stop it first`);
      if (effective['security.protection.delete'] === 'true') {
        throw malformedReply(name, 'is protected: its config has security.protection.delete=true');
      }
      await removeEmptySnapshots(this.host.lxd, instance);
      await deleteInstance(this.host.lxd, name);
    });
  }

  /** Shuts down cleanly, forces only when that has not worked in time, and starts again. */
  restart(name: string, timeoutSeconds: number): Promise<void> {
    return this.#act(name, 'restart', async ({ status }) => {
      if (status === 'Stopped') throw malformedReply(name, 'is stopped: start it instead');
      if (status === 'Frozen') throw malformedReply(name, 'is frozen: unfreeze it first');
      await restart(this.host.lxd, name, timeoutSeconds);
    });
  }

  rename(name: string, newName: string): Promise<void> {
    return this.#newName(newName, 'rename', () =>
      this.#act(name, 'rename', async ({ status }) => {
        if (status !== 'Stopped') throw malformedReply(name, `is ${status.toLowerCase()}: stop it first`);
        await renameInstance(this.host.lxd, name, newName);
      }),
    );
  }

  /** A second container: stopped, with its own MAC addresses, and free of what is COPA's. */
  copy(name: string, newName: string): Promise<void> {
    return this.#newName(newName, 'copy', () =>
      this.#act(name, 'copy', async (instance) => {
        const { lxd } = this.host;
        await copyInstance(lxd, instance, newName);
        await updateInstance(lxd, newName, (copy) =>
          Object.keys(copy.config).some(isMarkKey) ? unmarking(copy) : undefined,
        );
        const helpers = (await listSnapshots(lxd, newName)).filter(isHelperSnapshot);
        for (const helper of helpers) await deleteSnapshot(lxd, newName, helper);
      }),
    );
  }

  limit(name: string, limits: Limits): Promise<void> {
    return this.#act(name, 'limits', async () => {
      try {
        const change = { config: limitKeys(limits) };
        await updateInstance(this.host.lxd, name, () => change, { waitsWhileBusy: false });
      } catch (error) {
        // Too little memory for what runs, more CPUs than there are: the daemon knows, and says it in its words.
        if (!isCopaError(error, 'internal')) throw error;
        throw malformedReply(name, `cannot have these limits: ${error.message}`);
      }
    });
  }

  #act(name: string, verb: string, work: (instance: Instance) => Promise<void>): Promise<void> {
    return withInstance(this.host, name, verb, work);
  }

  /** Runs what makes a container of that name, which must be free. */
  #newName(name: string, verb: string, work: () => Promise<void>): Promise<void> {
    return this.host.mutex.tryRun(name, verb, async () => {
      if (await findInstance(this.host.lxd, name)) {
        throw new CopaError('already_exists', `container "${name}" exists on this pool already`);
      }
      await work();
    });
  }
}

function limitKeys({ cpu, memory }: Limits): Record<string, string | null> {
  return {
    ...(cpu === undefined ? {} : { 'limits.cpu': cpu || null }),
    ...(memory === undefined ? {} : { 'limits.memory': memory || null }),
  };
}
