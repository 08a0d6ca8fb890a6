/** This host's half of a migration as its source. Every step may be repeated. */
import { CopaError } from '../../common/errors.js';
import type { CopyState } from '../../proto/gen/copa/agent/v1/CopyState.js';
import type { MigrationCommand__Output } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import type { SendCopyRequest__Output } from '../../proto/gen/copa/agent/v1/SendCopyRequest.js';
import { identityUri } from '../../common/pki/identity.js';
import type { TlsIdentity } from '../../common/pki/tls-identity.js';
import { openChannel, type ChannelName } from '../../common/net/stream-channel.js';
import type { KeyedMutex } from '../../common/async/keyed-mutex.js';
import type { LxdClient } from '../lxd/client.js';
import {
  changeState,
  createSnapshot,
  deleteInstance,
  deleteSnapshot,
  findInstance,
  getInstance,
  instancePath,
  kill,
  listSnapshots,
  renameInstance,
  unfreeze,
  shutDown,
  updateInstance,
} from '../lxd/instances.js';
import { settleOperations, startOperation } from '../lxd/operations.js';
import { checkNoForeignMounts, releaseStaleMounts } from '../lxd/mounts.js';
import { rootDisk, settleSnapshots, settleVolume, spaceOf } from '../lxd/storage.js';
import type { Instance } from '../lxd/types.js';
import type { Channels, StreamListener } from '../transport/listener.js';
import { stateOfCopy } from './copy-state.js';
import { declineCompression } from './migration-header.js';
import { helperSnapshotPrefix } from '../model/helper-snapshots.js';
import { checkFence, holding, markKeys, markOf, unmarking, type Mark } from '../model/marks.js';
import type { TransferHandle, Transfers } from './transfer.js';

const settleTimeoutMs = 60_000;
const relayedStreamTimeoutMs = 20_000;

export interface SourceParts {
  readonly lxd: LxdClient;
  readonly exclusive: KeyedMutex;
  readonly transfers: Transfers;
  readonly listener: StreamListener;
  readonly standing: TlsIdentity;
  readonly releaseStaleMounts?: typeof releaseStaleMounts;
}

export class SourceSide {
  private readonly lxd: LxdClient;
  private readonly transfers: Transfers;
  readonly #releaseStaleMounts: typeof releaseStaleMounts;

  constructor(private readonly parts: SourceParts) {
    this.lxd = parts.lxd;
    this.transfers = parts.transfers;
    this.#releaseStaleMounts = parts.releaseStaleMounts ?? releaseStaleMounts;
  }

  /** Marks the container. Throws `failed_precondition` when another migration holds it. */
  claim(command: MigrationCommand__Output): Promise<CopyState> {
    return this.#step(command, 'migration claim', async () => {
      await updateInstance(this.lxd, command.container, (instance) => {
        const mark = markOf(instance);
        if (mark && mark.migrationId !== command.migrationId) {
          throw new CopaError(
            'failed_precondition',
            `container "${command.container}" is held by migration ${mark.migrationId}`,
          );
        }
        return { config: markKeys(this.#markFor(command, mark)) };
      });
      const instance = await getInstance(this.lxd, command.container);
      await settleVolume(this.lxd, instance);
      await settleSnapshots(this.lxd, instance);
      return this.#state(command);
    });
  }

  /** Starts a pass, or returns the one of that id. */
  async send(
    request: SendCopyRequest__Output & { command: MigrationCommand__Output },
  ): Promise<TransferHandle> {
    const known = this.transfers.find(request.transferId);
    if (known) return known;
    const { command } = request;
    return this.#step(command, 'migration pass', async () => {
      const again = this.transfers.find(request.transferId);
      if (again) return again;
      await this.#claimed(command);
      await this.transfers.stopAll(command.migrationId, 'another pass begins');
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
          space: async () => {
            const { expanded_devices: devices } = await getInstance(this.lxd, command.container);
            return spaceOf(this.lxd, rootDisk(devices)?.['pool'] ?? '');
          },
          operationFirst: true,
          isAwaiting: request.relayed,
          amendOffer: request.compress ? undefined : declineCompression,
          startOperation: async () => {
            if (request.helperSnapshot) {
              await createSnapshot(this.lxd, command.container, request.helperSnapshot);
            }
            return startOperation(this.lxd, 'POST', instancePath(command.container), {
              migration: true,
              live: request.live,
              instance_only: false,
              // Unless told that the copy may be inconsistent, the daemon freezes a running container for
              // the whole of a copy by rsync. What changes meanwhile is for the last pass.
              allow_inconsistent: !request.freeze,
            });
          },
          channels: (names, signal) => this.#channels(request, names, signal),
        },
      );
    });
  }

  /** Takes the start-up out of the daemon's hands, then shuts the container down (or leaves it, if live). */
  hold(
    command: MigrationCommand__Output,
    options: { timeoutSeconds: number; force: boolean; live: boolean },
  ): Promise<CopyState> {
    return this.#step(command, 'migration stop', async () => {
      const mark = await this.#claimed(command);
      // With something of the host mounted inside, it could not be removed in the end.
      await checkNoForeignMounts(this.lxd, command.container);
      if (!mark.saved) {
        await updateInstance(this.lxd, command.container, (instance) => holding(instance, mark));
      }
      await settleOperations(this.lxd, command.container, settleTimeoutMs);
      const { status } = await getInstance(this.lxd, command.container);
      if (options.live || status === 'Stopped') return this.#state(command);
      if (status !== 'Running') {
        throw new CopaError(
          'failed_precondition',
          `container "${command.container}" is ${status.toLowerCase()}, so it cannot be shut down cleanly`,
        );
      }
      if (!(await shutDown(this.lxd, command.container, options.timeoutSeconds))) {
        if (!options.force) {
          throw new CopaError(
            'failed_precondition',
            `container "${command.container}" did not shut down within ${options.timeoutSeconds} s (stop_timeout), and it is not killed unless force=true asks for it`,
          );
        }
        await kill(this.lxd, command.container);
      }
      return this.#state(command);
    });
  }

  /** Deletes the stopped container, or renames it to `keepAs` as a copy that shares no MAC address. */
  remove(command: MigrationCommand__Output, keepAs: string): Promise<void> {
    return this.#step(command, 'migration removal', async () => {
      await this.transfers.stopAll(command.migrationId, 'the source is being removed');
      const instance = await findInstance(this.lxd, command.container);
      const mark = instance && markOf(instance);
      if (mark?.migrationId === command.migrationId && mark.role === 'source') {
        await settleOperations(this.lxd, command.container, settleTimeoutMs);
        if ((await getInstance(this.lxd, command.container)).status !== 'Stopped') {
          throw new CopaError(
            'failed_precondition',
            `the source copy of "${command.container}" runs, so it is not removed`,
          );
        }
        await this.#releaseStaleMounts(this.lxd, command.container);
        if (!keepAs) return deleteInstance(this.lxd, command.container);
        await this.#deleteHelpers(command, command.container);
        await renameInstance(this.lxd, command.container, keepAs);
      }
      if (keepAs) await this.#dressKept(command, keepAs);
    });
  }

  /** The way back: the container runs again if it is to, then it is rid of everything of ours. */
  restore(command: MigrationCommand__Output, run: boolean): Promise<CopyState> {
    return this.#step(command, 'migration undo', async () => {
      await this.transfers.stopAll(command.migrationId, 'the migration goes back');
      const found = await findInstance(this.lxd, command.container);
      const mark = found && markOf(found);
      if (mark?.migrationId !== command.migrationId || mark.role !== 'source') return this.#state(command);
      await settleOperations(this.lxd, command.container, settleTimeoutMs);
      const instance = await getInstance(this.lxd, command.container);
      const { status } = instance;
      if (run && status === 'Stopped') await changeState(this.lxd, command.container, 'start');
      // It ran when it was claimed: a daemon froze it for a copy, and died before it let it go.
      if (run && (status === 'Frozen' || status === 'Freezing')) await unfreeze(this.lxd, instance);
      await this.#releaseStaleMounts(this.lxd, command.container);
      await this.#deleteHelpers(command, command.container);
      await updateInstance(this.lxd, command.container, (now) => {
        // The container may have been claimed afresh; only this migration's mark is ours to take off.
        return markOf(now)?.migrationId === command.migrationId ? unmarking(now) : undefined;
      });
      return this.#state(command);
    });
  }

  #step<T>(command: MigrationCommand__Output, action: string, work: () => Promise<T>): Promise<T> {
    return this.parts.exclusive.queue(command.container, action, async () => {
      const instance = await findInstance(this.lxd, command.container);
      const mark = instance && markOf(instance);
      if (mark?.migrationId === command.migrationId) {
        checkFence(command.container, mark.fence, command.fence);
      }
      return work();
    });
  }

  /** The container's mark, with this command's fence written down. Throws when it is not this migration's. */
  async #claimed(command: MigrationCommand__Output): Promise<Mark> {
    const mark = markOf(await getInstance(this.lxd, command.container));
    if (mark?.migrationId !== command.migrationId || mark.role !== 'source') {
      throw new CopaError(
        'failed_precondition',
        `container "${command.container}" is not held by migration ${command.migrationId}`,
      );
    }
    if (mark.fence >= command.fence) return mark;
    const newer = this.#markFor(command, mark);
    await updateInstance(this.lxd, command.container, () => ({ config: markKeys(newer) }));
    return newer;
  }

  #markFor(command: MigrationCommand__Output, mark: Mark | undefined): Mark {
    return { ...mark, migrationId: command.migrationId, role: 'source', fence: command.fence };
  }

  async #channels(
    request: SendCopyRequest__Output,
    names: readonly ChannelName[],
    signal: AbortSignal,
  ): Promise<Channels> {
    if (request.relayed) {
      return this.parts.listener.expect(request.ticket, 'controller', names, {
        timeoutMs: relayedStreamTimeoutMs,
        signal,
      });
    }
    const destination = { role: 'agent', name: request.destinationPool } as const;
    const opened = await Promise.allSettled(
      names.map(async (channel) => {
        const hello = { ticket: request.ticket, channel };
        return openChannel(request.destinationAddress, destination, this.parts.standing, hello);
      }),
    );
    const failed = opened.find((each) => each.status === 'rejected');
    if (failed) {
      for (const each of opened) if (each.status === 'fulfilled') each.value.destroy();
      throw failed.reason;
    }
    return new Map(
      opened.flatMap((each, index) =>
        each.status === 'fulfilled' ? [[names[index] as ChannelName, each.value] as const] : [],
      ),
    );
  }

  async #deleteHelpers(command: MigrationCommand__Output, container: string): Promise<void> {
    for (const snapshot of await listSnapshots(this.lxd, container)) {
      if (snapshot.startsWith(helperSnapshotPrefix(command.migrationId))) {
        await deleteSnapshot(this.lxd, container, snapshot);
      }
    }
  }

  /** Makes the kept copy an ordinary, stopped container that nothing starts by itself. */
  async #dressKept(command: MigrationCommand__Output, name: string): Promise<void> {
    await updateInstance(this.lxd, name, (instance: Instance) => {
      if (markOf(instance)?.migrationId !== command.migrationId) return undefined;
      const addresses = Object.keys(instance.config).filter((key) => /^volatile\..+\.hwaddr$/.test(key));
      const change = unmarking(instance);
      return {
        ephemeral: false,
        config: {
          ...change.config,
          'boot.autostart': 'false',
          ...Object.fromEntries(addresses.map((key) => [key, null])),
        },
      };
    });
  }

  async #state(command: MigrationCommand__Output): Promise<CopyState> {
    return stateOfCopy(this.lxd, command);
  }
}
