/**
 * The operations on containers. Each checks the container's state first and rejects an operation that is not possible
 * in it. It returns when the daemon has finished.
 */
import { availableParallelism } from 'node:os';
import { CopaError, isCopaError } from '../../common/errors.js';
import { changedLabels, labelKeyPrefix, type LabelChange } from '../../common/labels.js';
import { ruleKeyPrefix, type KeptRules } from '../../common/placement-rules.js';
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
import { attached, detached, nicOf, nicsOf, type ContainerInterface } from '../model/interfaces.js';
import { containerLabels } from '../model/labels.js';
import { isMarkKey, unmarking } from '../model/marks.js';
import { unparking } from '../model/parking.js';

const createTimeoutMs = 600_000;

/**
 * Limit on concurrent reads of containers' states. The daemon forks a process for each read of a running container.
 */
const statesMax = { atOnceMax: Math.max(4, 2 * availableParallelism()), waitingMax: 4096 };

/** An empty string removes a limit; undefined keeps it. */
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

  /** The state of one container (two small concurrent reads), or of all in one read. */
  async information(container?: string): Promise<Information[]> {
    if (container !== undefined) {
      // A virtual machine has a state as well. The list of containers costs the daemon least and excludes it.
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

  /**
   * The state of the containers on a page, each read separately, so that the cost depends on the page and not on the
   * host.
   */
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

  /** Undefined when the container no longer exists. */
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

  create(name: string, image: string, limits: Limits, nic?: ContainerInterface): Promise<void> {
    return this.#newName(name, 'create', async () => {
      const source = { type: 'image', fingerprint: await findImage(this.host.lxd, image) };
      const set = Object.entries(limitKeys(limits)).filter(([, value]) => value !== null);
      const devices = nic ? { [nic.device]: nicOf(nic) } : {};
      const body = { name, source, config: Object.fromEntries(set), devices };
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

  /** Shuts down cleanly, kills the container after the time-out, and starts it again. */
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

  /** Creates a second container: stopped, with its own MAC addresses, these interfaces, and without COPA's marks. */
  copy(name: string, newName: string, nics: readonly ContainerInterface[] = []): Promise<void> {
    return this.#newName(newName, 'copy', () =>
      this.#act(name, 'copy', async (instance) => {
        const { lxd } = this.host;
        await copyInstance(lxd, instance, { name: newName, nics: nicsOf(nics) });
        await updateInstance(lxd, newName, (copy) =>
          Object.keys(copy.config).some(isMarkKey) ? unmarking(copy) : undefined,
        );
        await updateInstance(lxd, newName, unparking);
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
        // For example too little memory for what runs, or more CPUs than there are. The daemon's message says which.
        if (!isCopaError(error, 'internal')) throw error;
        throw malformedReply(name, `cannot have these limits: ${error.message}`);
      }
    });
  }

  /** Sets and removes the container's own labels, and sets rules of its placement. */
  label(name: string, change: LabelChange, rules: KeptRules): Promise<void> {
    return this.#act(name, 'label', async () => {
      const keys = [
        ...[...change].map(([label, value]) => [`${labelKeyPrefix}${label}`, value ?? null] as const),
        ...Object.entries(rules).map(([rule, text]) => [`${ruleKeyPrefix}${rule}`, text] as const),
      ];
      await updateInstance(this.host.lxd, name, ({ config, expanded_config: expanded = config }) => {
        changedLabels(containerLabels(expanded), change);
        return { config: Object.fromEntries(keys) };
      });
    });
  }

  /** Puts a stopped container on a network over several hosts: its interface changes, which no running program expects. */
  attach(name: string, nic: ContainerInterface): Promise<void> {
    return this.#act(name, 'attach', async ({ status }) => {
      if (status !== 'Stopped') throw malformedReply(name, `is ${status.toLowerCase()}: stop it first`);
      await updateInstance(this.host.lxd, name, (instance) => attached(instance, nic));
    });
  }

  /** Takes a stopped container off a network. */
  detach(name: string, network: string): Promise<void> {
    return this.#act(name, 'detach', async ({ status }) => {
      if (status !== 'Stopped') throw malformedReply(name, `is ${status.toLowerCase()}: stop it first`);
      await updateInstance(this.host.lxd, name, (instance) => detached(instance, network));
    });
  }

  #act(name: string, verb: string, work: (instance: Instance) => Promise<void>): Promise<void> {
    return withInstance(this.host, name, verb, work);
  }

  /** Runs an operation that creates a container of that name, which must be unused. */
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
