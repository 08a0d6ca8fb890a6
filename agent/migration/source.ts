/** The source's half of a migration on this host. Every step is idempotent. */
import { CopaError } from '../../common/errors.js';
import type { CopyState } from '../../proto/gen/copa/agent/v1/CopyState.js';
import type { MigrationCommand__Output } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import type { MovedVolume__Output } from '../../proto/gen/copa/agent/v1/MovedVolume.js';
import type { SendCopyRequest__Output } from '../../proto/gen/copa/agent/v1/SendCopyRequest.js';
import { identityUri } from '../../common/pki/identity.js';
import type { TlsIdentity } from '../../common/pki/tls-identity.js';
import type { KeyedMutex } from '../../common/async/keyed-mutex.js';
import type { LxdClient } from '../lxd/client.js';
import {
  changeState,
  findInstance,
  getInstance,
  instancePath,
  kill,
  renameInstance,
  unfreeze,
  shutDown,
  updateInstance,
} from '../lxd/instances.js';
import { createSnapshot } from '../lxd/snapshots.js';
import { recentStopsOf, endOperations, settleOperations, startOperation } from '../lxd/operations.js';
import { checkNoForeignMounts, releaseStaleMounts } from '../lxd/mounts.js';
import { rootDisk, settleSnapshots, settleVolume, spaceMeter } from '../lxd/storage.js';
import { removeEmptySnapshots } from '../lxd/stale-snapshots.js';
import type { Instance } from '../lxd/types.js';
import type { StreamListener } from '../transport/listener.js';
import { findMarked, stateOfCopy, wentDownWithItsHost } from './copy-state.js';
import { knownFeatures } from '../transport/stream-features.js';
import { deleteProtected, dressKept } from './kept-copy.js';
import type { LateShutdowns } from './late-shutdowns.js';
import { SentSnapshots } from './rsync-refresh.js';
import { changesSince, SourceRefresh } from './suspect-files.js';
import type { Fences } from './fences.js';
import { declineCompression } from './migration-header.js';
import { KnownDirectories, type Changes } from './moved-directories.js';
import { deleteHelpers, releaseCopy } from './release.js';
import { sendingChannels } from '../transport/sending-channels.js';
import { migrationStep } from './step.js';
import { keepDetached, removeVolumes, sendVolume } from './volume-source.js';
import {
  holding,
  holdOn,
  markKeys,
  markOf,
  stoppedByOthers,
  unlocking,
  unmarking,
  uuidKey,
  type Mark,
} from '../model/marks.js';
import { releaseVolumes } from '../model/volume-marks.js';
import type { TransferHandle, Transfers } from './transfers.js';

const settleTimeoutMs = 60_000;

export interface SourceParts {
  readonly lxd: LxdClient;
  readonly mutex: KeyedMutex;
  readonly transfers: Transfers;
  readonly fences: Fences;
  readonly listener: StreamListener;
  readonly identity: TlsIdentity;
  readonly lateShutdowns: Pick<LateShutdowns, 'expect' | 'forget'>;
}

export class SourceSide {
  private readonly lxd: LxdClient;
  private readonly transfers: Transfers;
  readonly #earlier = { snapshots: new SentSnapshots(), directories: new KnownDirectories() };

  constructor(private readonly parts: SourceParts) {
    this.lxd = parts.lxd;
    this.transfers = parts.transfers;
  }

  /** Marks the container. Throws `failed_precondition` when another migration holds it. */
  claim(command: MigrationCommand__Output): Promise<CopyState> {
    return this.#step(command, 'migration claim', async (now) => {
      const before = now && markOf(now);
      // It came here by another migration, which has decided for it and has not come to taking its mark off.
      if (now && before && before.migrationId !== command.migrationId && !holdOn(now)) {
        if (before.role === 'destination') await this.parts.fences.noteReleased(before.migrationId);
        await releaseCopy(this.lxd, now, before.migrationId);
      }
      const instance = await updateInstance(this.lxd, command.container, (instance) => {
        const mark = markOf(instance);
        if (mark && mark.migrationId !== command.migrationId) {
          throw new CopaError(
            'failed_precondition',
            `container "${command.container}" is held by migration ${mark.migrationId}`,
          );
        }
        return { config: markKeys(this.#markFor(command, instance)) };
      });
      await settleVolume(this.lxd, instance);
      await settleSnapshots(this.lxd, instance);
      return this.#state(command, instance);
    });
  }

  /** What another pass would have to send, after one that began at `sinceMs`; undefined when nobody sees it. */
  changes(container: string, migrationId: string, sinceMs: number): Promise<Changes | undefined> {
    return changesSince(this.lxd, { container, migrationId }, sinceMs, this.#earlier.directories);
  }

  /** Starts a pass, or returns the existing transfer of that id. */
  async send(
    request: SendCopyRequest__Output & { command: MigrationCommand__Output },
  ): Promise<TransferHandle> {
    const known = this.transfers.find(request.transferId);
    if (known) return known;
    const { command, volume } = request;
    return this.#step(command, 'migration pass', async (now) => {
      const again = this.transfers.find(request.transferId);
      if (again) return again;
      await this.#claimed(command, now);
      await this.transfers.stopAll(command.migrationId, 'another pass begins');
      if (volume) return sendVolume(this.parts, { ...request, volume });
      const refresh = new SourceRefresh(this.lxd, command, request, this.#earlier);
      return this.transfers.begin(
        {
          id: request.transferId,
          migrationId: command.migrationId,
          bytesPerSecondMax: request.bytesPerSecondMax,
        },
        {
          live: request.live,
          peer: request.relayed
            ? 'controller'
            : identityUri({ role: 'agent', name: request.destinationPool }),
          container: command.container,
          features: knownFeatures(request.streamFeatures),
          space: spaceMeter(this.lxd, async () => {
            const { expanded_devices: devices } = await getInstance(this.lxd, command.container);
            return rootDisk(devices)?.['pool'] ?? '';
          }),
          operationFirst: true,
          isAwaiting: request.relayed,
          amendHeader: (offer) => refresh.amend(request.compress ? offer : declineCompression(offer)),
          isByRsync: () => refresh.byRsync,
          prepare: (control) => refresh.name(control),
          startOperation: async (signal) => {
            await refresh.begin(signal);
            if (request.freeze) await this.#changeMark(command, { isFrozen: true });
            if (request.helperSnapshot && !refresh.byRsync) {
              await createSnapshot(this.lxd, command.container, request.helperSnapshot);
              await refresh.noteSnapshots();
            }
            return startOperation(this.lxd, 'POST', instancePath(command.container), {
              migration: true,
              live: request.live,
              instance_only: false,
              // Without this setting, the daemon freezes a running container during the whole rsync copy. The last
              // pass copies what changes meanwhile.
              allow_inconsistent: !request.freeze,
            });
          },
          channels: (names, signal) => sendingChannels(this.parts, request, names, signal),
        },
      );
    });
  }

  /**
   * Locks the container against every start, then shuts it down (or leaves it running, if live). A container that has
   * stopped before stays stopped, because a user or the container itself stopped it.
   */
  hold(
    command: MigrationCommand__Output,
    options: { timeoutSeconds: number; force: boolean; live: boolean },
  ): Promise<CopyState> {
    return this.#step(command, 'migration stop', async (now) => {
      const { container } = command;
      const mark = await this.#claimed(command, now);
      // A container with a mount of the host inside it could not be removed in the end.
      await checkNoForeignMounts(this.lxd, command.container);
      // An operation that a user started just before may still run.
      await endOperations(this.lxd, container, settleTimeoutMs);
      if (!mark.saved) await updateInstance(this.lxd, container, (instance) => holding(instance, mark));
      await settleOperations(this.lxd, container, settleTimeoutMs);
      const instance = await getInstance(this.lxd, container);
      const { status } = instance;
      if (options.live) return this.#state(command);
      if (status !== 'Running' && status !== 'Stopped') {
        throw new CopaError(
          'failed_precondition',
          `container "${container}" is ${status.toLowerCase()}, so it cannot be shut down cleanly`,
        );
      }
      if (status === 'Running' || wentDownWithItsHost(instance)) {
        await this.parts.lateShutdowns.forget(container);
        await this.#changeMark(command, { isShutDown: true });
      }
      if (status === 'Running') await this.#shutDown(container, options);
      const held = await updateInstance(this.lxd, container, (now) => holding(now, markOf(now) ?? mark));
      return this.#state(command, held);
    });
  }

  async #shutDown(container: string, options: { timeoutSeconds: number; force: boolean }): Promise<void> {
    const { timeoutSeconds, force } = options;
    const sinceMs = this.lxd.clock.now();
    const own = new Set<string>();
    const note = (id: string) => own.add(id);
    if (!(await shutDown(this.lxd, container, timeoutSeconds, note))) {
      if (!force) {
        throw new CopaError(
          'failed_precondition',
          `container "${container}" did not shut down within ${timeoutSeconds} s (stop_timeout), and it is not killed unless force=true asks for it`,
        );
      }
      await kill(this.lxd, container, note);
    }
    // A user's stop at the same time counts: the container is to stay stopped.
    const stops = await recentStopsOf(this.lxd, container, sinceMs);
    if (stops.some(({ id }) => !own.has(id))) {
      await updateInstance(this.lxd, container, () => stoppedByOthers);
    }
  }

  /** Deletes the stopped container, or renames it to `keepAs` as a copy that shares no address. */
  remove(
    command: MigrationCommand__Output,
    keepAs: string,
    volumes: readonly MovedVolume__Output[],
  ): Promise<void> {
    return this.#step(command, 'migration removal', async () => {
      const { container, migrationId } = command;
      await this.transfers.stopAll(migrationId, 'the source is being removed');
      const instance = await findInstance(this.lxd, container);
      const mark = instance && markOf(instance);
      if (instance && mark?.migrationId === command.migrationId && mark.role === 'source') {
        await endOperations(this.lxd, container, settleTimeoutMs);
        if ((await getInstance(this.lxd, container)).status !== 'Stopped') {
          throw new CopaError(
            'failed_precondition',
            `the source copy of "${container}" runs, so it is not removed`,
          );
        }
        await releaseStaleMounts(this.lxd, container);
        await removeEmptySnapshots(this.lxd, instance);
        if (keepAs) {
          await deleteHelpers(this.lxd, container, migrationId);
          await renameInstance(this.lxd, container, keepAs);
        } else {
          await keepDetached(this.lxd, migrationId, await getInstance(this.lxd, container));
          await deleteProtected(this.lxd, container);
        }
      }
      // Somebody may have deleted it.
      if (keepAs && (await findInstance(this.lxd, keepAs))) {
        await dressKept(this.lxd, migrationId, keepAs);
      }
      if (!keepAs) await removeVolumes(this.lxd, migrationId, volumes);
      await releaseVolumes(this.lxd, migrationId);
    });
  }

  /**
   * Undo: starts the container again if the migration shut it down, then removes all marks. Changes that others made
   * meanwhile (stop, freeze, rename, delete) stay.
   */
  restore(command: MigrationCommand__Output, run: boolean): Promise<CopyState> {
    return this.#step(command, 'migration undo', async () => {
      await this.transfers.stopAll(command.migrationId, 'the migration goes back');
      const found = await findMarked(this.lxd, command, 'source');
      if (!found) {
        // Somebody has taken the mark off, for example by restoring a snapshot from before.
        if (await findInstance(this.lxd, command.container)) {
          await deleteHelpers(this.lxd, command.container, command.migrationId);
        }
        return this.#state(command);
      }
      const container = found.name;
      await endOperations(this.lxd, container, settleTimeoutMs);
      if (run) await this.#runAgain(container);
      await releaseStaleMounts(this.lxd, container);
      await removeEmptySnapshots(this.lxd, found);
      await deleteHelpers(this.lxd, container, command.migrationId);
      await releaseVolumes(this.lxd, command.migrationId);
      await this.parts.fences.noteReleased(command.migrationId);
      await updateInstance(this.lxd, container, (now) => {
        // Another migration may have claimed the container since. This one removes only its own mark.
        return markOf(now)?.migrationId === command.migrationId ? unmarking(now) : undefined;
      });
      return this.#state(command);
    });
  }

  async #runAgain(container: string): Promise<void> {
    const instance = await getInstance(this.lxd, container);
    const { status } = instance;
    const mark = markOf(instance);
    if (status === 'Stopped' && mark?.isShutDown) {
      await updateInstance(this.lxd, container, unlocking);
      await changeState(this.lxd, container, 'start');
    }
    // It may still obey the shutdown request later.
    if (status === 'Running' && mark?.isShutDown) await this.parts.lateShutdowns.expect(container);
    // A daemon froze it for a copy and crashed before it unfroze it.
    if ((status === 'Frozen' || status === 'Freezing') && mark?.isFrozen) await unfreeze(this.lxd, instance);
  }

  #step<T>(
    command: MigrationCommand__Output,
    action: string,
    work: (instance: Instance | undefined) => Promise<T>,
  ): Promise<T> {
    return migrationStep(this.parts, command, { action }, work);
  }

  /** The container's mark. Throws when it belongs to another migration. */
  async #claimed(command: MigrationCommand__Output, now: Instance | undefined): Promise<Mark> {
    const instance = await findMarked(this.lxd, command, 'source', now);
    if (!instance || instance.name !== command.container) {
      const what = instance
        ? `was renamed to "${instance.name}" meanwhile`
        : `is not held by migration ${command.migrationId}`;
      throw new CopaError('failed_precondition', `container "${command.container}" ${what}`);
    }
    return markOf(instance) as Mark;
  }

  async #changeMark(
    command: MigrationCommand__Output,
    change: Pick<Mark, 'isShutDown' | 'isFrozen'>,
  ): Promise<Mark> {
    const changed = await updateInstance(this.lxd, command.container, (instance) => ({
      config: markKeys({ ...this.#markFor(command, instance), ...change }),
    }));
    return markOf(changed) as Mark;
  }

  #markFor(command: MigrationCommand__Output, instance: Instance): Mark {
    const uuid = instance.config[uuidKey];
    return {
      ...markOf(instance),
      migrationId: command.migrationId,
      role: 'source',
      fence: command.fence,
      ...(command.destinationPool ? { peer: command.destinationPool } : {}),
      ...(uuid === undefined ? {} : { uuid }),
    };
  }

  async #state(command: MigrationCommand__Output, known?: Instance): Promise<CopyState> {
    return stateOfCopy(this.lxd, command, known);
  }
}
