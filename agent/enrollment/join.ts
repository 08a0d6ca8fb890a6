/**
 * `copa agent join`: makes this host a pool. Everything on this host is checked before the request. The controller
 * then adds the host and consumes the token in one transaction, so a failure leaves nothing behind.
 */
import { X509Certificate } from 'node:crypto';
import { access, constants, mkdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { CopaError, messageOf } from '../../common/errors.js';
import { formatAddress, parseIPv4Address } from '../../common/net/address.js';
import { usualPort } from '../config/settings.js';
import { decodeJoinToken, joinReplySchema, type JoinRequest } from '../../common/pki/enrollment.js';
import { createSigningRequest } from '../../common/pki/csr.js';
import { checkName, poolNamePattern, poolNameRule } from '../../common/names.js';
import { createIdentity, poolOf, readIdentity, writeControllers } from '../identity/identity-files.js';
import { LxdClient } from '../lxd/client.js';
import { describeDaemon, findSocket } from '../lxd/daemon.js';
import { requestToJoin, findController } from '../../common/net/join-client.js';

export interface JoinOptions {
  readonly token: string;
  readonly identity: string;
  readonly socket: string | undefined;
  /** The pool's name; the token's, or the host's, if not given. */
  readonly name?: string | undefined;
  /** IP[:PORT]; the address by which this host reaches the controller, if not given. */
  readonly address?: string | undefined;
  /** The agent's address in its settings. */
  readonly port: number;
  /** Join although this host has a valid certificate. */
  readonly again: boolean;
  /** This host's clock. */
  readonly now?: () => number;
}

export interface Joined {
  readonly pool: string;
  readonly address: string;
  readonly controller: string;
  readonly daemon: string;
  readonly validUntil: Date;
}

export async function joinController(options: JoinOptions): Promise<Joined> {
  const token = decodeJoinToken(options.token);
  if (token.controller) {
    throw new CopaError(
      'permission_denied',
      'this token is for a controller: use it with "copa controller join", and make one for a host with "copa token create"',
    );
  }
  const pool = options.name ?? token.pool ?? hostname();
  checkName('the name of the pool', pool, poolNamePattern, `${poolNameRule}; choose one with --name`);
  if (token.pool !== undefined && token.pool !== pool) {
    throw new CopaError('permission_denied', `the token is for pool "${token.pool}", not for "${pool}"`);
  }
  if (!options.again) await checkNotJoined(options.identity);
  const daemon = await askDaemon(options.socket);
  await checkWritable(options.identity);
  const found = await findController(token, options.now);
  const address = addressOf(options, found.localAddress);

  const { key, request } = await createSigningRequest();
  const { id, secret } = token;
  const { certificate, ca } = await requestToJoin(found, {
    path: '/join',
    request: { id, secret, pool, address, request } satisfies JoinRequest,
    reply: joinReplySchema,
  });
  await createIdentity(options.identity, { key, cert: certificate, ca });
  await writeControllers(options.identity, token.addresses);
  return {
    pool,
    address,
    controller: found.host,
    daemon,
    validUntil: new Date(new X509Certificate(certificate).validTo),
  };
}

/** A host with an expired certificate counts as not joined. */
async function checkNotJoined(directory: string): Promise<void> {
  const there = await readIdentity(directory).catch(() => undefined);
  if (!there) return;
  const { validTo } = new X509Certificate(there.credentials.cert);
  if (Date.parse(validTo) <= Date.now()) return;
  throw new CopaError(
    'already_exists',
    `this host has joined already, as pool "${poolOf(there.credentials)}" (${directory}, valid until ${validTo}): ` +
      'if that pool was removed, or this is another COPA, use --again',
  );
}

async function askDaemon(socket: string | undefined): Promise<string> {
  const lxd = new LxdClient(findSocket(socket));
  try {
    const { kind, version } = await describeDaemon(lxd);
    return `${kind === 'incus' ? 'Incus' : 'LXD'} ${version}`;
  } finally {
    await lxd.close();
  }
}

async function checkWritable(directory: string): Promise<void> {
  const made = await mkdir(directory, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new CopaError(
      'permission_denied',
      `cannot make ${directory}: ${messageOf(cause)}; run this as root`,
      { cause },
    );
  });
  try {
    await access(directory, constants.W_OK);
  } catch (cause) {
    throw new CopaError('permission_denied', `cannot write to ${directory}: run this as root`, { cause });
  } finally {
    // A later failure leaves nothing behind.
    if (made !== undefined) await rm(directory, { recursive: true, force: true });
  }
}

/** The pool's address, with the agent's port if it is not the default. */
function addressOf({ address, port }: Pick<JoinOptions, 'address' | 'port'>, local: string): string {
  const parsed = parseIPv4Address(address ?? local, port);
  if (!parsed) {
    throw new CopaError(
      'invalid_argument',
      `the address of this host for the controller is unknown: give it with --address IP[:PORT]`,
    );
  }
  return parsed.port === usualPort ? parsed.host : formatAddress(parsed);
}
