/**
 * The controllers: the members of etcd, with what each running one says about itself under a lease. With an etcd of the
 * user's own, only those that run are known.
 */
import { z } from 'zod';
import { version } from '../../common/version.js';
import type { EtcdGateway, EtcdMember } from '../etcd-process/gateway.js';
import { decodeJoinRecord } from '../model/join-token.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import { keys } from '../store/keys.js';
import type { Session } from '../store/session.js';
import type { Store } from '../store/store.js';
import type { Controller } from './decisions.js';

const livingSchema = z.object({
  name: z.string(),
  version: z.string(),
  startedAt: z.string(),
  url: z.string().nullable(),
});
type Living = z.infer<typeof livingSchema>;

/** Without its lease, a controller counts as down after this long. */
const ttlSeconds = 5;

interface Parts {
  readonly store: Pick<Store, 'list' | 'session'>;
  /** Undefined: an etcd of the user's own. */
  readonly gateway: Pick<EtcdGateway, 'members' | 'status'> | undefined;
  readonly name: string;
  /** REST for other machines. */
  readonly url: string | null;
  /** Of this process. */
  readonly run: string;
}

/** With its id in etcd; null with an etcd of the user's own. */
export interface MemberController extends Controller {
  readonly id: string | null;
}

export class Members {
  constructor(private readonly parts: Parts) {}

  /** Shows others that this controller is up, until the session is closed. */
  announce(): Session {
    const { store, name, url, run } = this.parts;
    const value: Living = { name, version, startedAt: new Date().toISOString(), url };
    return store.session(keys.livingRun(run), value, ttlSeconds);
  }

  /** Sorted by name. Throws `unavailable` when etcd does not answer. */
  async list(): Promise<MemberController[]> {
    const { store, gateway } = this.parts;
    const living = new Map(
      unreadableValues
        .each(await store.list(keys.living), ({ value }) => livingSchema.parse(value))
        .map((each) => [each.name, each]),
    );
    const all = gateway ? await this.#membersOf(gateway, living) : this.#runningOf(living);
    return all.sort((a, b) => a.name.localeCompare(b.name));
  }

  #runningOf(living: ReadonlyMap<string, Living>): MemberController[] {
    return [...living.values()].map(({ name, ...about }) => ({
      ...{ id: null, name, address: null, state: 'up', isLeader: false, isThis: name === this.parts.name },
      ...about,
    }));
  }

  async #membersOf(
    gateway: Pick<EtcdGateway, 'members' | 'status'>,
    living: ReadonlyMap<string, Living>,
  ): Promise<MemberController[]> {
    const [members, { ownId, leaderId }] = await Promise.all([gateway.members(), gateway.status()]);
    const invited = members.some(({ name }) => name === '') ? await this.#invited() : undefined;
    return members.map((member) => {
      const isThis = member.id === ownId;
      const name = isThis ? this.parts.name : nameOf(member, invited);
      const about = member.isLearner ? undefined : living.get(name);
      const state = member.isLearner ? 'joining' : about ? 'up' : 'down';
      const { version: runs = null, startedAt = null, url = null } = about ?? {};
      const address = members.length === 1 && member.name === 'copa' ? null : member.address;
      const isLeader = member.id === leaderId;
      return { id: member.id, name, address, state, isLeader, isThis, version: runs, startedAt, url };
    });
  }

  /** Names by address, of controllers that were admitted. etcd knows their names once they have started. */
  async #invited(): Promise<ReadonlyMap<string, string>> {
    const records = unreadableValues.each(await this.parts.store.list(keys.joins), ({ value }) =>
      decodeJoinRecord(value),
    );
    return new Map(
      records.flatMap(({ controller, used }) =>
        controller && used?.address !== undefined ? [[used.address, used.pool]] : [],
      ),
    );
  }
}

function nameOf({ name, address }: EtcdMember, invited: ReadonlyMap<string, string> | undefined): string {
  return name === '' ? (invited?.get(address) ?? address) : name;
}
