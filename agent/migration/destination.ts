/** The destination's half of a migration on this host. Every step is idempotent. */
import { CopaError, isCopaError, isUnknownOutcome } from '../../common/errors.js';
import { identityUri } from '../../common/pki/identity.js';
import type { CopyState } from '../../proto/gen/copa/agent/v1/CopyState.js';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { MigrationCommand__Output } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import type { Mapping__Output } from '../../proto/gen/copa/agent/v1/Mapping.js';
import type { ReceiveCopyRequest__Output } from '../../proto/gen/copa/agent/v1/ReceiveCopyRequest.js';
import type { SettleDestinationReply } from '../../proto/gen/copa/agent/v1/SettleDestinationReply.js';
import type { KeyedMutex } from '../../common/async/keyed-mutex.js';
import type { LxdClient } from '../lxd/client.js';
import type { Daemon } from '../lxd/daemon.js';
import type { followInstances } from '../lxd/events.js';
import {
  changeState,
  findInstance,
  getInstance,
  renameInstance,
  updateInstance,
  type InstanceChange,
} from '../lxd/instances.js';
import { listSnapshotSettings } from '../lxd/snapshots.js';
import { endOperations, startOperation } from '../lxd/operations.js';
import { removeEmptyVolume, rootDisk, settleVolume, spaceMeter } from '../lxd/storage.js';
import { removeEmptySnapshots } from '../lxd/stale-snapshots.js';
import type { Instance } from '../lxd/types.js';
import type { ExpectedPeer, StreamListener } from '../transport/listener.js';
import { knownFeatures } from '../transport/stream-features.js';
import type { Allowed } from '../model/privileges.js';
import { releaseVolumes } from '../model/volume-marks.js';
import { checkArrivals, checkedOffer, whoseSnapshot } from './admission.js';
import type { CheckContainer } from './container-check.js';
import { findMarked, stateOfCopy } from './copy-state.js';
import type { Fences } from './fences.js';
import { deleteProtected, dressKept } from './kept-copy.js';
import type { Leftovers } from './leftovers.js';
import { suspectMarker } from './suspect-files.js';
import { deleteHelpers, releaseCopy } from './release.js';
import { migrationStep } from './step.js';
import { adopting, copyRequest, devicesFromProto } from './manifest.js';
import { expandHere, mappedHere } from './host-facts.js';
import { holding, isLocked, markOf, unholding, unlocking, type Mark } from '../model/marks.js';
import { checkShift } from './shift-check.js';
import { Settling, type CheckOrder } from './settling.js';
import { snapshotTranslation } from './snapshot-translation.js';
import type { TransferHandle, Transfers } from './transfers.js';
import { checkAttached, openPlaces, placesOf, volumesMade } from './volume-admission.js';
import { receiveVolume, removeMadeVolumes } from './volume-destination.js';

const settleTimeoutMs = 60_000;

/** Limit from readiness until the source's channels are connected. The source may have to take a snapshot first. */
const streamTimeoutMs = 180_000;

export interface DestinationParts {
  readonly lxd: LxdClient;
  readonly daemon: () => Promise<Daemon>;
  readonly mutex: KeyedMutex;
  readonly transfers: Transfers;
  readonly fences: Fences;
  readonly followInstances?: typeof followInstances;
  readonly checkContainer?: CheckContainer;
  readonly listener: StreamListener;
  readonly leftovers: Pick<Leftovers, 'expect' | 'remove' | 'forget'>;
  /** The privileges that containers from other hosts may have here. */
  readonly allowed: ReadonlySet<Allowed>;
}

interface LatestSettings {
  readonly settings: Manifest__Output;
  readonly mapping: Mapping__Output | null;
}

export class DestinationSide {
  private readonly lxd: LxdClient;
  private readonly transfers: Transfers;
  readonly #settling: Settling;

  constructor(private readonly parts: DestinationParts) {
    this.lxd = parts.lxd;
    this.#settling = new Settling({
      ...parts,
      checkOurs: (command, instance) => this.#ours(command, instance),
      startAgain: (command) => this.#startAgain(command),
      lockAgain: (command) => this.#lockAgain(command),
    });
    this.transfers = parts.transfers;
  }

  /**
   * Prepares for a pass, or returns the existing transfer of that id. The daemon is called only after the source has
   * connected.
   */
  receive(
    request: ReceiveCopyRequest__Output & { command: MigrationCommand__Output; manifest: Manifest__Output },
  ): Promise<TransferHandle> {
    const { command } = request;
    const known = this.transfers.find(request.transferId);
    if (known) return Promise.resolve(known);
    return this.#step(command, 'migration pass', async () => {
      const again = this.transfers.find(request.transferId);
      if (again) return again;
      await this.transfers.stopAll(command.migrationId, 'another pass begins');
      const { volume } = request;
      await this.#checkPlace(command, request.refresh || volume !== null);
      if (volume) return receiveVolume(this.parts, { ...request, volume });
      const daemon = await this.parts.daemon();
      // The preflight has checked this before. A compromised controller could skip the preflight.
      const { manifest, translate } = await mappedHere(this.lxd, request.manifest, request.mapping);
      const here = await expandHere(this.lxd, manifest);
      const places = placesOf(request.manifest, request.mapping);
      const isOwnVolume = await openPlaces(this.lxd, places, command.migrationId);
      const admission = { allowed: this.parts.allowed, isOwnVolume };
      await checkArrivals(this.lxd, [here], admission);
      checkAttached(devicesFromProto(manifest.devices), isOwnVolume);
      const pool = rootDisk(here.devices)?.['pool'];
      if (!request.refresh) await this.parts.leftovers.expect(command.migrationId, command.container, pool);
      const peer: ExpectedPeer = request.relayed ? 'controller' : { role: 'agent', name: request.sourcePool };
      const features = knownFeatures(request.streamFeatures);
      const namesComing = request.refresh && features.has('changed-files');
      const marker = namesComing ? await suspectMarker(this.lxd, request.manifest) : undefined;
      return this.transfers.begin(
        { id: request.transferId, migrationId: command.migrationId },
        {
          live: request.live,
          peer: peer === 'controller' ? peer : identityUri(peer),
          container: command.container,
          features,
          space: spaceMeter(this.lxd, () => Promise.resolve(pool ?? '')),
          operationFirst: false,
          isAwaiting: true,
          amendHeader: await checkedOffer(
            this.lxd,
            admission,
            await snapshotTranslation(this.lxd, daemon, manifest, translate),
          ),
          prepare: namesComing ? (control) => control.allNamed : undefined,
          changedFiles: (names) => marker?.mark(names),
          startOperation: async () => {
            const peer = command.sourcePool ? { peer: command.sourcePool } : {};
            const mark = { migrationId: command.migrationId, fence: command.fence, ...peer };
            return startOperation(
              this.lxd,
              'POST',
              '/1.0/instances',
              copyRequest(manifest, mark, daemon.kind, request),
            );
          },
          channels: (names, signal) =>
            this.parts.listener.expect(request.ticket, peer, names, { timeoutMs: streamTimeoutMs, signal }),
        },
      );
    });
  }

  /**
   * Gives the copy the current settings of its source and starts it if it is to run. It then gets its own start-up
   * settings back.
   */
  activate(
    command: MigrationCommand__Output,
    run: boolean,
    latest: LatestSettings | undefined,
  ): Promise<CopyState> {
    return this.#step(command, 'migration start', async (instance) => {
      this.#ours(command, instance);
      await endOperations(this.lxd, command.container, settleTimeoutMs);
      const copy = await getInstance(this.lxd, command.container);
      let startedAtMs: number | undefined;
      if (copy.status !== 'Running') {
        if (latest) await this.#adopt(command, latest, run);
        else await this.#attachVolumes(command);
        await this.#checkSettings(command);
        const mark = markOf(copy);
        // Volumes that the container had when a pass brought them, and does not have any more.
        if (mark?.saved?.volumes && isLocked(copy)) {
          await removeMadeVolumes(this.lxd, command.migrationId, { keepsMark: true });
        }
        if (run) await this.#start(command);
        if (run) startedAtMs = this.lxd.clock.now();
        // A daemon takes milliseconds for each snapshot. Until the hold is taken off, COPA restores none.
        await this.#checkCopy(command, run);
        await settleVolume(this.lxd, copy);
      } else if (markOf(copy)?.saved) {
        await this.#checkCopy(command, true);
      }
      const free = await updateInstance(this.lxd, command.container, unholding);
      const state = await stateOfCopy(this.lxd, command, free);
      return { ...state, upMs: startedAtMs === undefined ? 0 : this.lxd.clock.now() - startedAtMs };
    });
  }

  async #adopt(
    { container, migrationId }: MigrationCommand__Output,
    latest: LatestSettings,
    run: boolean,
  ): Promise<void> {
    const { kind } = await this.parts.daemon();
    const { manifest: settings } = await mappedHere(this.lxd, latest.settings, latest.mapping);
    const devices = devicesFromProto(settings.devices);
    checkAttached(devices, await volumesMade(this.lxd, [devices], migrationId));
    if (!run) {
      const [copy, here] = await Promise.all([
        getInstance(this.lxd, container),
        expandHere(this.lxd, settings),
      ]);
      checkShift(copy, here.config);
    }
    await updateInstance(this.lxd, container, (copy) => {
      const mark = markOf(copy);
      return mark?.saved && isLocked(copy) ? adopting(copy, mark, settings, kind) : undefined;
    });
  }

  /** The source does not answer, so the copy gets the volumes that its source had when the copy was begun. */
  async #attachVolumes({ container, migrationId }: MigrationCommand__Output): Promise<void> {
    const copy = await getInstance(this.lxd, container);
    const volumes = markOf(copy)?.saved?.volumes;
    if (!volumes || !isLocked(copy)) return;
    checkAttached(volumes, await volumesMade(this.lxd, [volumes], migrationId));
    await updateInstance(this.lxd, container, ({ devices }) => ({ devices: { ...devices, ...volumes } }));
  }

  /** Waits whether the container stays up, and for its check. */
  settle(command: MigrationCommand__Output, ms: number, order?: CheckOrder): Promise<SettleDestinationReply> {
    return this.#settling.settle(command, ms, order);
  }

  /** For example after its host lost power. */
  #startAgain(command: MigrationCommand__Output): Promise<void> {
    return this.#step(command, 'migration start', async () => {
      const { status } = await getInstance(this.lxd, command.container);
      if (status === 'Stopped') await this.#start(command);
    });
  }

  /** False when it runs again. */
  #lockAgain(command: MigrationCommand__Output): Promise<boolean> {
    return this.#step(command, 'migration stop', async () => {
      const instance = await updateInstance(this.lxd, command.container, lockingStopped);
      return instance.status === 'Stopped' && isLocked(instance);
    });
  }

  /** Undo for a copy that has run: turns it into an ordinary, stopped container with another name. */
  keep(command: MigrationCommand__Output, keepAs: string): Promise<void> {
    return this.#step(command, 'migration undo', async (instance) => {
      await this.transfers.stopAll(command.migrationId, 'the migration goes back');
      const mark = instance && markOf(instance);
      if (instance && mark?.migrationId === command.migrationId && mark.role === 'destination') {
        await endOperations(this.lxd, command.container, settleTimeoutMs);
        await deleteHelpers(this.lxd, command.container, command.migrationId);
        await renameInstance(this.lxd, command.container, keepAs);
      }
      if (await findInstance(this.lxd, keepAs)) await dressKept(this.lxd, command.migrationId, keepAs);
      await this.parts.leftovers.forget(command.migrationId, command.container);
    });
  }

  /** Checks the privileges of what the daemons created. */
  async #checkSettings({ container, migrationId }: MigrationCommand__Output): Promise<void> {
    const { expanded_devices: devices, ...copy } = await getInstance(this.lxd, container);
    // Without the migration's own lock.
    const config = Object.entries({ ...(copy.expanded_config ?? copy.config), ...unlocking(copy).config });
    // What this daemon has noted of its own copy is right.
    const own = config.filter(
      (entry): entry is [string, string] => entry[1] !== null && !entry[0].startsWith('volatile.'),
    );
    const isOwnVolume = await volumesMade(this.lxd, [devices, copy.devices], migrationId);
    const arrivals = [{ config: Object.fromEntries(own), devices }];
    await checkArrivals(this.lxd, arrivals, { allowed: this.parts.allowed, isOwnVolume });
    checkAttached(copy.devices, isOwnVolume);
  }

  /**
   * The same with its snapshots: restoring a snapshot restores its settings. A copy that runs already (started here, or by
   * its daemon within a stateful pass) and reaches further than it may is stopped at once, and nobody can start it.
   */
  async #checkCopy(command: MigrationCommand__Output, runs: boolean): Promise<void> {
    const { container, migrationId } = command;
    try {
      await this.#checkSettings(command);
      const snapshots = await listSnapshotSettings(this.lxd, container);
      const arrivals = snapshots.map((snapshot) => ({ ...snapshot, whose: whoseSnapshot(snapshot.name) }));
      const all = snapshots.map(({ devices }) => devices);
      const isOwnVolume = await volumesMade(this.lxd, all, migrationId);
      await checkArrivals(this.lxd, arrivals, { allowed: this.parts.allowed, isOwnVolume });
    } catch (error) {
      if (!runs || !isCopaError(error, 'permission_denied')) throw error;
      await changeState(this.lxd, container, 'stop', { force: true });
      await updateInstance(this.lxd, container, lockingStopped);
      throw error;
    }
  }

  /** Removes COPA's marks and helper snapshots. Users may use the container meanwhile. */
  release(command: MigrationCommand__Output): Promise<void> {
    const release = async () => {
      await this.transfers.stopAll(command.migrationId, 'the migration has ended');
      await this.parts.leftovers.forget(command.migrationId, command.container);
      const instance = await findMarked(this.lxd, command, 'destination');
      await this.parts.fences.noteReleased(command.migrationId);
      if (instance) await releaseCopy(this.lxd, instance, command.migrationId);
      else await releaseVolumes(this.lxd, command.migrationId);
    };
    return this.#step(command, 'migration end', release, true);
  }

  /** Undo: removes this migration's copy. It leaves a running copy and any other container alone. */
  remove(command: MigrationCommand__Output): Promise<void> {
    return this.#step(command, 'migration undo', async () => {
      await this.transfers.stopAll(command.migrationId, 'the migration goes back');
      await endOperations(this.lxd, command.container, settleTimeoutMs);
      const instance = await findInstance(this.lxd, command.container);
      const mark = instance && markOf(instance);
      if (instance && mark?.migrationId === command.migrationId && mark.role === 'destination') {
        if (instance.status !== 'Stopped') {
          throw new CopaError(
            'failed_precondition',
            `the copy of "${command.container}" on the destination runs, so it is not removed`,
          );
        }
        await removeEmptyVolume(this.lxd, instance);
        await removeEmptySnapshots(this.lxd, instance);
        await deleteProtected(this.lxd, command.container);
      }
      await removeMadeVolumes(this.lxd, command.migrationId);
      await this.parts.leftovers.remove(command.migrationId, command.container);
    });
  }

  /** Throws only when the copy does not run. In that case nobody else can start it either. */
  async #start({ container }: MigrationCommand__Output): Promise<void> {
    await updateInstance(this.lxd, container, unlocking);
    try {
      await changeState(this.lxd, container, 'start');
    } catch (error) {
      if (isUnknownOutcome(error)) throw error;
      await updateInstance(this.lxd, container, lockingStopped);
      if ((await getInstance(this.lxd, container)).status !== 'Running') throw error;
    }
  }

  #step<T>(
    command: MigrationCommand__Output,
    action: string,
    work: (instance: Instance | undefined) => Promise<T>,
    isBrief = false,
  ): Promise<T> {
    return migrationStep(this.parts, command, { action, isBrief }, work);
  }

  /** A first pass needs an unused name. A refresh needs this migration's stopped copy. */
  async #checkPlace(command: MigrationCommand__Output, refresh: boolean): Promise<void> {
    const instance = await findInstance(this.lxd, command.container);
    if (refresh) {
      this.#ours(command, instance);
      if (instance?.status === 'Stopped') return;
      throw new CopaError('failed_precondition', `the copy of "${command.container}" is not stopped`);
    }
    if (instance) {
      throw new CopaError(
        'already_exists',
        `container "${command.container}" exists on the destination already`,
      );
    }
  }

  #ours(command: MigrationCommand__Output, instance: Instance | undefined): Mark {
    const mark = instance && markOf(instance);
    if (mark?.migrationId === command.migrationId && mark.role === 'destination') return mark;
    throw new CopaError(
      'failed_precondition',
      `the destination has no copy of "${command.container}" that belongs to migration ${command.migrationId}`,
    );
  }
}

function lockingStopped(instance: Instance): InstanceChange | undefined {
  const mark = markOf(instance);
  return mark && instance.status === 'Stopped' ? holding(instance, mark) : undefined;
}
