/** Stops containers for an evacuation, and brings them back into their earlier state. */
import { CopaError } from '../../common/errors.js';
import type { KeyedMutex } from '../../common/async/keyed-mutex.js';
import { unheldInstance } from '../containers/instance-guard.js';
import type { LxdClient } from '../lxd/client.js';
import { changeState, kill, shutDown, unfreeze, updateInstance } from '../lxd/instances.js';
import type { Instance } from '../lxd/types.js';
import { uuidKey } from '../model/marks.js';
import { parking, parkingOf, unparking } from '../model/parking.js';
import type { Fences } from './fences.js';

interface Parts {
  readonly lxd: LxdClient;
  readonly mutex: KeyedMutex;
  readonly fences: Fences;
}

export interface ParkingCommand {
  readonly evacuationId: string;
  readonly fence: number;
  readonly container: string;
  /** Empty: not checked. */
  readonly uuid: string;
  readonly timeoutSeconds: number;
}

export class ParkingLot {
  constructor(private readonly parts: Parts) {}

  /** Throws `not_found` for another container of that name. */
  park(command: ParkingCommand): Promise<void> {
    return this.#step(command, 'stop', async ({ status }) => {
      const { container, evacuationId, timeoutSeconds } = command;
      const { lxd } = this.parts;
      await updateInstance(lxd, container, (now) => parking(now, evacuationId));
      if (status === 'Stopped') return;
      if (!(await shutDown(lxd, container, timeoutSeconds))) await kill(lxd, container);
    });
  }

  /** The same, and with `onlyParked` for one that this evacuation has not parked. */
  unpark(
    command: ParkingCommand,
    { run, onlyParked }: { readonly run: boolean; readonly onlyParked: boolean },
  ): Promise<void> {
    return this.#step(command, 'start', async (instance) => {
      const { container, evacuationId, timeoutSeconds } = command;
      const { lxd } = this.parts;
      const isOurs = parkingOf(instance)?.evacuation === evacuationId;
      if (onlyParked && !isOurs) {
        // Repeated after a reply that was lost, there is nothing left to do.
        if ((instance.status === 'Running') === run) return;
        throw new CopaError('not_found', `container "${container}" is not held by this evacuation any more`);
      }
      // Before the mark is gone, so that a repetition finds what is left to do.
      if (run && instance.status === 'Stopped') await changeState(lxd, container, 'start');
      else if (run && instance.status === 'Frozen') await unfreeze(lxd, instance);
      else if (!run && instance.status !== 'Stopped') {
        if (!(await shutDown(lxd, container, timeoutSeconds))) await kill(lxd, container);
      }
      await updateInstance(lxd, container, unparking);
    });
  }

  #step(
    { evacuationId, fence, container, uuid }: ParkingCommand,
    verb: string,
    work: (instance: Instance) => Promise<void>,
  ): Promise<void> {
    const { lxd, mutex, fences } = this.parts;
    return mutex.queue(container, verb, async () => {
      const instance = await unheldInstance(lxd, container);
      if (uuid !== '' && (instance.config[uuidKey] ?? uuid) !== uuid) {
        throw new CopaError('not_found', `container "${container}" is another one than before`);
      }
      // Each container has fences of its own: its commands come one at a time, those of an evacuation do not.
      await fences.admit({ migrationId: `${evacuationId}-${container}`, container, fence });
      await work(instance);
    });
  }
}
