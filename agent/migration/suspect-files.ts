/** Each side's part in making a refresh exact where the daemons use rsync; see changed-files.ts. */
import { deferred } from '../../common/async/deferred.js';
import { CopaError } from '../../common/errors.js';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { SendCopyRequest__Output } from '../../proto/gen/copa/agent/v1/SendCopyRequest.js';
import type { LxdClient } from '../lxd/client.js';
import { getInstance } from '../lxd/instances.js';
import { listSnapshotSettings, snapshotNames } from '../lxd/snapshots.js';
import { findStoragePool, rootDisk, snapshotsOf } from '../lxd/storage.js';
import type { StoragePool } from '../lxd/types.js';
import type { ControlChannel } from '../transport/control-channel.js';
import { knownFeatures } from '../transport/stream-features.js';
import {
  CopyMarker,
  hasFilesLikeSnapshot,
  isOwnFormat,
  nameChangedFiles,
  nameFilesLikeSnapshot,
  snapshotTrail,
  visibleVolume,
  type SnapshotTrail,
} from './changed-files.js';
import { offerRsync } from './migration-header.js';
import {
  listDirectories,
  measureChanges,
  nameMovedFiles,
  type Changes,
  type KnownDirectories,
} from './moved-directories.js';
import { filesForRsync, mayLoseModes, type SentSnapshots } from './rsync-refresh.js';

type Refresh = Pick<
  SendCopyRequest__Output,
  'refresh' | 'firstRefresh' | 'changedSinceMs' | 'helperSnapshot' | 'streamFeatures' | 'byRsync'
>;

interface RefreshedContainer {
  readonly container: string;
  readonly migrationId: string;
}

/** What a source remembers of the passes of its migrations. */
export interface EarlierPasses {
  readonly snapshots: SentSnapshots;
  readonly directories: KnownDirectories;
}

/** Limit on the names that are found before the other agent is connected, in bytes. */
const aheadBytesMax = 4 * 1024 ** 2;

/**
 * Source: decides how a refresh goes, and sends the names of the files that it must not take for unchanged. Storage that
 * sends differences between its snapshots needs no names.
 */
export class SourceRefresh {
  #byRsync = false;
  #files: Promise<Files> | undefined;
  #naming: Promise<void> = Promise.resolve();
  #moved: Promise<ReadonlySet<string>> = Promise.resolve(new Set<string>());
  #ahead: Buffer[] = [];
  #aheadBytes = 0;
  #isConnected = false;
  readonly #connected = deferred<(names: Buffer) => Promise<void>>();

  constructor(
    private readonly lxd: LxdClient,
    private readonly of: RefreshedContainer,
    private readonly request: Refresh,
    private readonly earlier: EarlierPasses,
  ) {}

  /** It goes by rsync, although the storages have an own format. Known when `begin` has resolved. */
  get byRsync(): boolean {
    return this.#byRsync;
  }

  /**
   * Decides how the refresh goes. If it goes by rsync, begins to look for changed files. That goes on beside what the
   * daemons prepare.
   */
  async begin(signal: AbortSignal): Promise<void> {
    const { byRsync, helperSnapshot } = this.request;
    await this.#findMoved(signal);
    if (!this.#sendsNames) return;
    if (byRsync === 'modes') {
      this.#byRsync = true;
    } else if (byRsync === 'short') {
      const files = await this.#shortRefresh(signal);
      this.#byRsync = files !== undefined;
      this.#ahead.push(...(files ?? []));
    } else if (!helperSnapshot) {
      this.#naming = this.#nameAll(signal);
      this.#naming.catch(() => undefined);
    }
  }

  /** Before the daemon lists the snapshots that it sends. */
  async noteSnapshots(): Promise<void> {
    const { migrationId, container } = this.of;
    if (this.request.helperSnapshot)
      this.earlier.snapshots.note(migrationId, await snapshotNames(this.lxd, container));
  }

  /** The daemon's offer, changed if the refresh goes by rsync. */
  amend(offer: Buffer): Buffer {
    return this.#byRsync ? offerRsync(offer) : offer;
  }

  /** Sends the names, and ends the list. Throws `failed_precondition` when the files are not visible. */
  async name(control: ControlChannel): Promise<void> {
    if (!this.#sendsNames) return;
    const send = (names: Buffer) => control.sendChangedFiles(names);
    for (let names; (names = this.#ahead.shift());) await send(names);
    this.#isConnected = true;
    this.#connected.resolve(send);
    await this.#naming;
    await send(Buffer.alloc(0));
  }

  get #sendsNames(): boolean {
    const { refresh, streamFeatures } = this.request;
    return refresh && knownFeatures(streamFeatures).has('changed-files');
  }

  async #shortRefresh(signal: AbortSignal): Promise<readonly Buffer[] | undefined> {
    const { container, migrationId } = this.of;
    const [{ volume }, names] = await Promise.all([this.#filesOf(), snapshotNames(this.lxd, container)]);
    if (volume === undefined || !this.earlier.snapshots.hasAll(migrationId, names)) return undefined;
    const [files, moved] = await Promise.all([
      filesForRsync(volume, this.request.changedSinceMs, signal),
      this.#moved,
    ]);
    return moved.size === 0 ? files : undefined;
  }

  /**
   * Finds the directories that were moved since the pass before, and notes where they are now. In a running container they
   * may move on, so this comes before the daemon reads.
   */
  async #findMoved(signal: AbortSignal): Promise<void> {
    const { migrationId } = this.of;
    const { volume, isStopped } = await this.#filesOf();
    if (volume === undefined) return;
    this.#moved = movedSince(this.earlier.directories, { volume, migrationId }, this.request, signal);
    this.#moved.catch(() => undefined);
    if (!isStopped) await this.#moved;
  }

  async #nameAll(signal: AbortSignal): Promise<void> {
    const { firstRefresh, changedSinceMs } = this.request;
    const { volume, trail } = await this.#filesOf(firstRefresh);
    if (volume === undefined) {
      const message = `the agent of the source cannot see the files of "${this.of.container}", so it cannot make sure that the last pass brings all of them: use passes_max=0`;
      throw new CopaError('failed_precondition', message);
    }
    const take = (names: Buffer) => this.#take(names);
    await nameChangedFiles(volume, changedSinceMs, take, signal);
    await nameMovedFiles(volume, { moved: await this.#moved, sinceMs: changedSinceMs }, take, signal);
    if (trail) await nameFilesLikeSnapshot(volume, trail, take, signal);
  }

  /** Read once for a pass: the volume and the state do not change meanwhile where this matters. */
  async #filesOf(withTrail = false): Promise<Files> {
    if (withTrail) return filesOf(this.lxd, this.of.container, true);
    this.#files ??= filesOf(this.lxd, this.of.container);
    return this.#files;
  }

  /** Keeps the first names until the other agent is connected. */
  async #take(names: Buffer): Promise<void> {
    if (!this.#isConnected && this.#aheadBytes < aheadBytesMax) {
      this.#aheadBytes += names.length;
      this.#ahead.push(names);
      return;
    }
    const send = await this.#connected.promise;
    await send(names);
  }
}

async function movedSince(
  known: KnownDirectories,
  { volume, migrationId }: { readonly volume: string; readonly migrationId: string },
  { refresh, changedSinceMs }: Pick<Refresh, 'refresh' | 'changedSinceMs'>,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const now = await listDirectories(volume, signal);
  const moved = refresh ? known.moved(migrationId, now, changedSinceMs) : new Set<string>();
  known.note(migrationId, now);
  return moved;
}

/** Source: what has changed since a pass began; undefined when the files are not visible. */
export async function changesSince(
  lxd: LxdClient,
  { container, migrationId }: RefreshedContainer,
  sinceMs: number,
  known: KnownDirectories,
): Promise<Changes | undefined> {
  const { volume } = await filesOf(lxd, container);
  if (volume === undefined) return undefined;
  const [measured, directories] = await Promise.all([
    measureChanges(volume, sinceMs),
    listDirectories(volume),
  ]);
  return { ...measured, moved: known.moved(migrationId, directories, sinceMs).size > 0 };
}

/**
 * Source: whether a copy that is sent at once may differ: by rsync, a file may be in its snapshot's state; by the
 * storages' own format, modes may be lost. False when the files are not visible.
 */
export async function hasSuspects(lxd: LxdClient, container: string, ownFormat: boolean): Promise<boolean> {
  const { pool, volume, trail } = await filesOf(lxd, container, !ownFormat);
  if (!pool || volume === undefined) return false;
  if (ownFormat) return mayLoseModes(volume, await snapshotsOf(lxd, pool, container));
  return trail !== undefined && (await hasFilesLikeSnapshot(volume, trail));
}

/**
 * Destination: returns the handler for the names that arrive before the daemon begins. Throws `failed_precondition`
 * when the copy's files are not visible. Storage with an own format gets no names then.
 */
export async function suspectMarker(
  lxd: LxdClient,
  manifest: Pick<Manifest__Output, 'container' | 'storageDriver'>,
): Promise<Pick<CopyMarker, 'mark'>> {
  const { container } = manifest;
  const { expanded_devices: devices } = await getInstance(lxd, container);
  const pool = await findStoragePool(lxd, rootDisk(devices)?.['pool'] ?? '');
  const volume = pool && (await visibleVolume(lxd, pool, container));
  if (volume !== undefined) return new CopyMarker(volume);
  const unseen = new CopaError(
    'failed_precondition',
    `the agent of the destination cannot see the files of "${container}", so it cannot make sure that the last pass brings all of them: use passes_max=0`,
  );
  if (!pool || !isOwnFormat(pool, manifest)) throw unseen;
  return {
    mark: () => {
      throw unseen;
    },
  };
}

interface Files {
  readonly pool: StoragePool | undefined;
  readonly volume: string | undefined;
  readonly trail: SnapshotTrail | undefined;
  readonly isStopped: boolean;
}

/** The trail only on request, because a daemon takes milliseconds to describe each snapshot. */
async function filesOf(lxd: LxdClient, container: string, withTrail = false): Promise<Files> {
  const [{ expanded_devices: devices, status }, snapshots] = await Promise.all([
    getInstance(lxd, container),
    withTrail ? listSnapshotSettings(lxd, container) : [],
  ]);
  const pool = await findStoragePool(lxd, rootDisk(devices)?.['pool'] ?? '');
  const isStopped = status === 'Stopped';
  if (!pool) return { pool, isStopped, volume: undefined, trail: undefined };
  return {
    pool,
    isStopped,
    volume: await visibleVolume(lxd, pool, container),
    trail: await snapshotTrail(lxd, pool, container, snapshots),
  };
}
