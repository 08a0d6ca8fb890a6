/**
 * The room that etcd has. At the size limit of its database it raises the alarm NOSPACE and refuses every change until
 * somebody has freed space and lowered the alarm; it goes on to answer reads.
 */
import { AlarmAction, AlarmType, type Etcd3 } from 'etcd3';
import { CopaError } from '../../common/errors.js';

export interface SpaceState {
  /** Of the member that answered. */
  readonly databaseBytes: number;
  readonly isFull: boolean;
}

const lookMsMax = 3_000;
/** etcd answers nobody while it writes its database anew: what is left in it after compaction. */
const freeMsMax = 120_000;

export class EtcdSpace {
  /** Looks at the space, and frees some where etcd is the controller's own; a change that was refused waits for this. */
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
   * Forgets old revisions, gives their space back, and lowers the alarm. For an etcd of one member: of several, each has to
   * do this, one after the other.
   */
  async free(): Promise<void> {
    const options = { deadline: Date.now() + freeMsMax };
    const { header } = await this.client.kv.range({ key: Buffer.from('/') }, options);
    // Refused when there is nothing to forget.
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
    // At run time they are spelled in capitals, whatever etcd3's types say.
    return alarms.filter(({ alarm }) => (alarm as string).toUpperCase() === 'NOSPACE');
  }
}

/** For whoever wanted to change something. */
export function outOfSpace(cause?: unknown): CopaError {
  return new CopaError(
    'resource_exhausted',
    'etcd has reached the size limit of its database (alarm NOSPACE): it answers reads and takes no changes. ' +
      'Free space with "etcdctl compact REVISION", "etcdctl defrag" and "etcdctl alarm disarm"; the controller does this ' +
      'by itself for its own etcd, every minute',
    { cause },
  );
}
