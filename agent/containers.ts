/**
 * The container verbs. Each looks before it acts, so that a verb that makes no sense in the container's
 * state is told as such, and returns when the daemon has really done it.
 */
import { CopaError } from '../proto/errors.js';
import { shown } from '../proto/names.js';
import type { Exclusive } from './exclusive.js';
import type { LxdClient } from './lxd/client.js';
import {
  changeState,
  deleteInstance,
  findInstance,
  getInstance,
  instancePath,
  kill,
  shutDown,
} from './lxd/instances.js';
import { runOperation } from './lxd/operations.js';
import type { Instance, InstanceFull, InstanceState } from './lxd/types.js';
import { findImage } from './images.js';
import { markOf } from './migration/marks.js';

const createTimeoutMs = 600_000;

interface Information {
  readonly container: string;
  readonly state: InstanceState;
}

export class Containers {
  constructor(
    private readonly lxd: LxdClient,
    private readonly exclusive: Exclusive,
  ) {}

  async list(): Promise<string[]> {
    const paths = await this.lxd.getShared<string[]>('/1.0/instances?instance-type=container');
    return paths.map((path) => decodeURIComponent(path.split('?')[0]?.split('/').at(-1) ?? ''));
  }

  /** The state of one container (two small questions at the same time), or of all in one question. */
  async information(container?: string): Promise<Information[]> {
    if (container !== undefined) {
      // A virtual machine has a state as well; only the other question tells, so its refusal comes first.
      const state = this.lxd.getShared<InstanceState>(`${instancePath(container)}/state`);
      const [instance] = await Promise.allSettled([getInstance(this.lxd, container), state]);
      if (instance.status === 'rejected') throw instance.reason;
      return [{ container, state: await state }];
    }
    const all = await this.lxd.getShared<InstanceFull[]>(
      '/1.0/instances?recursion=2&instance-type=container',
      120_000,
    );
    return all.flatMap(({ name, state }) => (state ? [{ container: name, state }] : []));
  }

  create(name: string, image: string): Promise<void> {
    return this.exclusive.run(name, 'create', async () => {
      if (await findInstance(this.lxd, name)) {
        throw new CopaError('already_exists', `container "${name}" exists on this pool already`);
      }
      const fingerprint = await findImage(this.lxd, image);
      const source = { type: 'image', fingerprint };
      await runOperation(this.lxd, 'POST', '/1.0/instances', { name, source }, createTimeoutMs);
    });
  }

  start(name: string): Promise<void> {
    return this.#act(name, 'start', async ({ status }) => {
      if (status === 'Running') throw this.#nonsense(name, 'is already running');
      if (status === 'Frozen') throw this.#nonsense(name, 'is frozen: unfreeze it instead');
      await changeState(this.lxd, name, 'start');
    });
  }

  stop(name: string, timeoutSeconds: number): Promise<void> {
    return this.#act(name, 'stop', async ({ status }) => {
      if (status === 'Stopped') throw this.#nonsense(name, 'is already stopped');
      if (!(await shutDown(this.lxd, name, timeoutSeconds))) await kill(this.lxd, name);
    });
  }

  freeze(name: string): Promise<void> {
    return this.#act(name, 'freeze', async ({ status }) => {
      if (status === 'Frozen') throw this.#nonsense(name, 'is already frozen');
      if (status !== 'Running') throw this.#nonsense(name, 'is not running, so it cannot be frozen');
      await changeState(this.lxd, name, 'freeze');
    });
  }

  unfreeze(name: string): Promise<void> {
    return this.#act(name, 'unfreeze', async ({ status }) => {
      if (status !== 'Frozen') throw this.#nonsense(name, 'is not frozen');
      await changeState(this.lxd, name, 'unfreeze');
    });
  }

  delete(name: string): Promise<void> {
    return this.#act(name, 'delete', async ({ status, config }) => {
      if (status !== 'Stopped') throw this.#nonsense(name, `is ${status.toLowerCase()}: stop it first`);
      if (config['security.protection.delete'] === 'true') {
        throw this.#nonsense(name, 'is protected: its config has security.protection.delete=true');
      }
      await deleteInstance(this.lxd, name);
    });
  }

  #act(name: string, verb: string, work: (instance: Instance) => Promise<void>): Promise<void> {
    return this.exclusive.run(name, verb, async () => {
      const instance = await getInstance(this.lxd, name);
      const mark = markOf(instance);
      if (mark) {
        throw this.#nonsense(name, `is being migrated (migration ${shown(mark.migrationId)})`);
      }
      await work(instance);
    });
  }

  #nonsense(name: string, what: string): CopaError {
    return new CopaError('failed_precondition', `container "${name}" ${what}`);
  }
}
