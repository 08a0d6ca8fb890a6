/**
 * Admits a controller that joins with a token: it becomes a member of etcd without a vote, and gets the cluster secret,
 * sealed to a key that it has made for this. Its vote comes when it has all data (member-watch.ts).
 */
import { CopaError } from '../../common/errors.js';
import { parseIPv4Address } from '../../common/net/address.js';
import { checkPoolName } from '../../common/names.js';
import type { ControllerJoinReply, ControllerJoinRequest } from '../../common/pki/enrollment.js';
import { checkUse, hashOf } from '../enrollment/join-token.js';
import { EtcdRefusal, type EtcdGateway } from '../etcd-process/gateway.js';
import type { Membership } from '../etcd-process/membership.js';
import { peerUrl } from '../etcd-process/program.js';
import { decodeJoinRecord, type JoinTokenRecord } from '../model/join-token.js';
import { keys } from '../store/keys.js';
import type { Store } from '../store/store.js';
import { checkJoin, type Controller } from './decisions.js';
import { sealFor } from './sealed-box.js';

interface Parts {
  readonly store: Pick<Store, 'get' | 'transact' | 'share'>;
  readonly gateway: Pick<EtcdGateway, 'members' | 'addLearner'>;
  readonly list: () => Promise<readonly Controller[]>;
  readonly membership: () => Membership | undefined;
  readonly secret: () => Buffer;
  readonly now: () => Date;
}

/** What the box contains. Both sides of the join know it. */
export interface Admitted {
  /** The cluster secret in hexadecimal. */
  readonly secret: string;
  readonly membership: Membership;
}

/** The joining side and this one seal under the same circumstances. */
export function circumstancesOf({ id, secret, name, address }: ControllerJoinRequest) {
  return { shared: secret, about: `controller ${name} at ${address} by token ${id}` };
}

export class Admission {
  constructor(private readonly parts: Parts) {}

  /** Throws the token's error, or why this controller cannot join now: `unavailable` when it may try again soon. */
  async admit(asked: ControllerJoinRequest): Promise<ControllerJoinReply> {
    const { store, gateway, list, membership, secret } = this.parts;
    const { name, address } = asked;
    checkPoolName('name', name);
    const parsed = parseIPv4Address(address);
    if (!parsed || parsed.port === 0) {
      throw new CopaError('invalid_argument', 'address is not valid: give an IPv4 address and a port');
    }
    const entry = await store.get(keys.join(asked.id));
    const record = entry && decodeJoinRecord(entry.value);
    const isMember = (await gateway.members()).some((each) => each.address === address);
    const isFromThisToken = record?.used?.address === address && isMember;
    checkUse(
      record,
      { secret: asked.secret, name, request: asked.publicKey },
      { as: 'controller', now: this.parts.now(), isFromThisToken },
    );
    const own = membership();
    if (!own) throw new CopaError('failed_precondition', notOpen);
    if (!isFromThisToken) {
      checkJoin(await list(), { name, address });
      await this.#add(asked, record, entry?.revision ?? 0);
    }
    const initialCluster = await this.#clusterWith(asked);
    const admitted: Admitted = {
      secret: secret().toString('hex'),
      membership: { name, address, authority: own.authority, initialCluster },
    };
    return sealFor(asked.publicKey, JSON.stringify(admitted), circumstancesOf(asked));
  }

  /** The token is used first: of two that have it, one gets in. */
  async #add(asked: ControllerJoinRequest, record: JoinTokenRecord, revision: number): Promise<void> {
    const { store, gateway, now } = this.parts;
    const { id, name, address, publicKey } = asked;
    // A key that is none must not use up the token.
    sealFor(publicKey, '', circumstancesOf(asked));
    const key = keys.join(id);
    const used = { pool: name, address, request: hashOf(publicKey), at: now().toISOString() };
    const claimed = await store.transact({
      expect: [{ key, revision }],
      put: [{ key, value: { ...record, used } }],
    });
    if (!claimed) throw new CopaError('aborted', 'this token was used by another request at this moment');
    // What this process reads from memory is only right as long as nobody else writes.
    store.share();
    try {
      await gateway.addLearner(address);
    } catch (error) {
      if (!(error instanceof EtcdRefusal)) throw error;
      await store.transact({
        expect: [{ key, revision: claimed.revision }],
        put: [{ key, value: { ...record, used: null } }],
      });
      throw busy(error);
    }
  }

  /** The joining etcd wants to know each member by its address; the names of the others do not matter. */
  async #clusterWith({ name, address }: ControllerJoinRequest): Promise<string> {
    const members = await this.parts.gateway.members();
    return members
      .map((each) => `${each.address === address ? name : `member-${each.id}`}=${peerUrl(each.address)}`)
      .join(',');
  }
}

export const notOpen =
  'this controller has no address for others yet: run "copa controller init" on its machine first';

function busy(cause: EtcdRefusal): CopaError {
  return new CopaError(
    'unavailable',
    'the controllers cannot take another one at this moment: all of them have to be up and connected for some seconds',
    { cause },
  );
}
