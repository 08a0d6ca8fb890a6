/**
 * The space of etcd. At the size limit of its database it raises the alarm NOSPACE and refuses every change until
 * somebody frees space and clears the alarm. It continues to answer reads.
 */
import { AlarmAction, AlarmType, type Etcd3 } from 'etcd3';
import { CopaError } from '../../common/errors.js';

export interface SpaceState {
  /** Of the member that answered. */
  readonly databaseBytes: number;
  readonly isFull: boolean;
}

const lookMsMax = 3_000;
/**
 * The time limit of defragmentation, during which etcd answers nobody. It depends on the data left after compaction.
 */
const freeMsMax = 120_000;

export class EtcdSpace {
  /** Checks the space, and frees some of the embedded etcd's. A refused change waits for this. */
  relief: (() => Promise<void>) | undefined;

  constructor(private readonly client: Pick<Etcd3, 'kv' | 'maintenance'>) {}

  async look(): Promise<SpaceState> {
    const options = { deadline: Date.now() + lookMsMax };
    const [{ dbSize }, alarms] = await Promise.all([
      this.client.maintenance.status(options),
      this.#alarms(options),
    ]);
    return { databaseBytes: Number(dbSize), isFull: alarms.length > 0 };
  }

  /**
   * Compacts old revisions, defragments, and clears the alarm. For an etcd with one member; with several, each needs
   * this, one after the other.
   */
  async free(): Promise<void> {
    const options = { deadline: Date.now() + freeMsMax };
    const { header } = await this.client.kv.range({ key: Buffer.from('/') }, options);
    // Refused when there is nothing to compact.
    await this.client.kv
      .compact({ revision: header.revision, physical: true }, options)
      .catch(() => undefined);
    await this.client.maintenance.defragment(options);
    for (const { memberID } of await this.#alarms(options)) {
      const lower = { action: AlarmAction.Deactivate, alarm: AlarmType.Nospace, memberID };
      await this.client.maintenance.alarm(lower, options);
    }
  }

  async #alarms(options: { deadline: number }) {
    const { alarms } = await this.client.maintenance.alarm({ action: AlarmAction.Get }, options);
    // At run time they are in capitals, unlike in etcd3's types.
    return alarms.filter(({ alarm }) => (alarm as string).toUpperCase() === 'NOSPACE');
  }
}

/** The error for a refused change. */
export function outOfSpace(cause?: unknown): CopaError {
  return new CopaError(
    'resource_exhausted',
    'etcd has reached the size limit of its database (alarm NOSPACE): it answers reads and takes no changes. ' +
      'Free space with "etcdctl compact REVISION", "etcdctl defrag" and "etcdctl alarm disarm"; the controller does this ' +
      'by itself for its own etcd, every minute',
    { cause },
  );
}
