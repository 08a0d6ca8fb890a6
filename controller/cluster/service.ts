/** What people do with controllers: open the first one for others, invite, remove, and promote. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Logger } from 'pino';
import { systemClock } from '../../common/async/clock.js';
import { CopaError, messageOf } from '../../common/errors.js';
import { formatAddress, parseIPv4Address } from '../../common/net/address.js';
import type { Enrollment, NewJoinToken } from '../enrollment/enrollment.js';
import type { EmbeddedEtcd } from '../etcd-process/embedded-etcd.js';
import { EtcdRefusal } from '../etcd-process/gateway.js';
import { foundCluster, peerPort } from '../etcd-process/membership.js';
import { notOpen } from './admission.js';
import { checkPromotion, checkRemoval, findController, type Controller } from './decisions.js';
import type { Members, MemberController } from './members.js';

interface Parts {
  /** Undefined: an etcd of the user's own. */
  readonly etcd: EmbeddedEtcd | undefined;
  readonly members: Pick<Members, 'list'>;
  readonly enrollment: Pick<Enrollment, 'create'>;
  readonly stateDirectory: string;
  readonly name: string;
  readonly log: Logger;
}

export class ControllerCluster {
  constructor(private readonly parts: Parts) {}

  list(): Promise<Controller[]> {
    return this.parts.members.list();
  }

  /** Gives this controller an address for others. Returns it. Requests wait for a moment while etcd restarts. */
  async init(given: string | undefined): Promise<string> {
    const etcd = this.#own();
    const { stateDirectory, name, log } = this.parts;
    const present = etcd.membership();
    if (present) {
      throw new CopaError(
        'already_exists',
        `this controller is open for others already, at ${present.address}: create a token ("copa controller token")`,
      );
    }
    etcd.gateway.checkTakesMembers();
    const address = addressFor(given);
    await checkFree(address);
    await etcd.openFor(await foundCluster(stateDirectory, { name, address }));
    log.info({ address }, 'other controllers can join this one');
    return address;
  }

  /** A token with which one controller joins, once. */
  async invite(ttlSeconds: number, createdBy: string): Promise<NewJoinToken> {
    if (!this.#own().membership()) throw new CopaError('failed_precondition', notOpen);
    return this.parts.enrollment.create({ pool: null, controller: true, ttlSeconds, createdBy });
  }

  /** Throws `failed_precondition` with what would be lost. */
  async remove(wanted: string, mayLeaveOne: boolean): Promise<string> {
    const { gateway } = this.#own();
    const all = await this.parts.members.list();
    checkRemoval(all, wanted, mayLeaveOne);
    const { id, name } = findController(all, wanted);
    await changed(() => gateway.remove(id ?? ''), `"${name}" cannot be removed at this moment`);
    this.parts.log.warn({ controller: name }, 'a controller was removed');
    return name;
  }

  /** By hand, what happens by itself once it has all data. */
  async promote(wanted: string): Promise<string> {
    const { gateway } = this.#own();
    const all: MemberController[] = await this.parts.members.list();
    checkPromotion(all, wanted);
    const { id, name } = findController(all, wanted);
    await changed(
      () => gateway.promote(id ?? ''),
      `"${name}" has not received all data yet; it gets its vote by itself as soon as it has`,
    );
    return name;
  }

  #own(): EmbeddedEtcd {
    const { etcd } = this.parts;
    if (etcd) return etcd;
    throw new CopaError(
      'failed_precondition',
      'this controller uses an etcd of yours (--etcd): start another controller with the same etcd and the same cluster-secret',
    );
  }
}

/** etcd wants all members to be connected for 5 s. */
const patienceMs = 8_000;
const retryMs = 300;

/** etcd checks again, with what it knows better than this controller. */
async function changed(change: () => Promise<void>, refused: string): Promise<void> {
  for (const end = Date.now() + patienceMs; ;) {
    try {
      await change();
      return;
    } catch (error) {
      if (!(error instanceof EtcdRefusal)) throw error;
      if (error.kind === 'unhealthy' && Date.now() < end) {
        await systemClock.delay(retryMs);
        continue;
      }
      throw new CopaError('failed_precondition', `${refused} (etcd: ${error.message})`, { cause: error });
    }
  }
}

/** IP:PORT. Without a given one, this machine must have one address only. */
function addressFor(given: string | undefined): string {
  if (given !== undefined) {
    const parsed = parseIPv4Address(given, peerPort);
    if (parsed && parsed.port > 0 && parsed.host !== '0.0.0.0') return formatAddress(parsed);
    throw new CopaError('invalid_argument', 'address is not valid: give an IPv4 address of this machine');
  }
  const found = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return formatAddress({ host: only, port: peerPort });
  const which = found.length === 0 ? 'none beyond loopback' : found.join(', ');
  throw new CopaError(
    'failed_precondition',
    `which address do the other controllers reach? This machine has ${which}: give one with --address`,
  );
}

/** Throws `failed_precondition` when nothing can listen there. */
export async function checkFree(address: string): Promise<void> {
  const server = createServer();
  try {
    await once(server.listen(parseIPv4Address(address)), 'listening');
  } catch (cause) {
    throw new CopaError('failed_precondition', `cannot listen on ${address}: ${messageOf(cause)}`, { cause });
  }
  await once(server.close(), 'close');
}
