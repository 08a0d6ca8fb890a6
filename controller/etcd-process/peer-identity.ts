/**
 * The files with which etcd's members know each other: the CA, and this member's key and certificate. etcd reads the
 * certificate again for each connection, so a new one needs no restart.
 */
import { rm, mkdir } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { replaceFile } from '../../common/durable-file.js';
import { messageOf } from '../../common/errors.js';
import { parseAddress } from '../../common/net/address.js';
import { describeCertificate, renewalAtMs } from '../pki/certificate-validity.js';
import { openPeerAuthority, type Membership } from './membership.js';

/** The longest interval of checks for expiry, because a timer cannot run for a month. */
const checkMsMax = 3600_000;

interface Options {
  readonly stateDirectory: string;
  readonly membership: Membership;
  readonly lifetimeMs: number;
  readonly log: Pick<Logger, 'info' | 'error'>;
}

export class PeerIdentity {
  readonly files: { readonly identityFile: string; readonly caFile: string };
  readonly #options: Options;
  readonly #directory: string;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: Options) {
    this.#options = options;
    this.#directory = join(options.stateDirectory, 'peer-tls');
    this.files = {
      identityFile: join(this.#directory, 'identity.pem'),
      caFile: join(this.#directory, 'ca.crt'),
    };
  }

  /** Issues a certificate, and another one after two thirds of its life, until it is closed. */
  static async start(options: Options): Promise<PeerIdentity> {
    const identity = new PeerIdentity(options);
    await rm(identity.#directory, { recursive: true, force: true });
    await mkdir(identity.#directory, { recursive: true, mode: 0o700 });
    await replaceFile(identity.files.caFile, options.membership.authority.certificate, 0o600);
    identity.#wait(await identity.#issue());
    return identity;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Returns when the next one is due. */
  async #issue(): Promise<number> {
    const { stateDirectory, membership, lifetimeMs } = this.#options;
    const authority = await openPeerAuthority(stateDirectory, membership);
    const names = addressesOf(membership).map((value) => ({ type: 'ip', value }) as const);
    const subject = { commonName: membership.name, names };
    const { cert, key } = await authority.sign(subject, { lifetimeMs });
    await replaceFile(this.files.identityFile, `${key.trimEnd()}\n${cert}`, 0o600);
    return renewalAtMs(describeCertificate(cert, [authority]), lifetimeMs);
  }

  #wait(dueAtMs: number): void {
    const pauseMs = Math.min(Math.max(dueAtMs - Date.now(), 0) + 10, checkMsMax);
    this.#timer = setTimeout(() => void this.#look(dueAtMs), pauseMs).unref();
  }

  async #look(dueAtMs: number): Promise<void> {
    let next = dueAtMs;
    if (Date.now() >= dueAtMs) {
      try {
        next = await this.#issue();
        this.#options.log.info("etcd's certificate for the other controllers was renewed");
      } catch (error) {
        next = Date.now() + checkMsMax;
        this.#options.log.error({ reason: messageOf(error) }, "etcd's certificate cannot be renewed");
      }
    }
    if (this.#timer) this.#wait(next);
  }
}

/** A peer compares the certificate with the address that a connection comes from, which may be any of this machine. */
function addressesOf({ address }: Membership): string[] {
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const found = own.filter(({ family }) => family === 'IPv4').map((each) => each.address);
  return [...new Set([parseAddress(address)?.host ?? '', ...found])].filter((each) => each !== '');
}
