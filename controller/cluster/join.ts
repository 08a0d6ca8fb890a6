/**
 * The side of a machine that joins the controllers: checks it, asks one of them with a token, and writes what the service
 * needs to start as a member.
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import { systemClock } from '../../common/async/clock.js';
import { createFile, giveToOwner, syncDirectory } from '../../common/durable-file.js';
import { CopaError, isCopaError, isUnknownOutcome } from '../../common/errors.js';
import { formatAddress, parseIPv4Address } from '../../common/net/address.js';
import { findController, requestToJoin, type FoundController } from '../../common/net/join-client.js';
import {
  controllerJoinReplySchema,
  decodeJoinToken,
  type ControllerJoinReply,
  type ControllerJoinRequest,
} from '../../common/pki/enrollment.js';
import { startEmbeddedEtcd } from '../etcd-process/embedded-etcd.js';
import { membershipFile, membershipSchema, peerPort, writeMembership } from '../etcd-process/membership.js';
import { checkCanBeShared, etcdVersion } from '../etcd-process/program.js';
import { secretFile } from '../pki/cluster-secret.js';
import { keys } from '../store/keys.js';
import { Store } from '../store/store.js';
import { circumstancesOf } from './admission.js';
import { forgetJoin, isPending, keysForJoin } from './pending-join.js';
import { openBox } from './sealed-box.js';
import { checkFree } from './service.js';

interface JoinOptions {
  readonly token: string;
  readonly stateDirectory: string;
  readonly name: string;
  /** IPv4[:PORT]; the address by which this machine reaches the other controller, if not given. */
  readonly address?: string | undefined;
  /** Set the data of a controller that was here aside. */
  readonly again: boolean;
  readonly log: Logger;
}

export interface JoinedControllers {
  readonly name: string;
  readonly address: string;
  /** The controller that admitted this one. */
  readonly by: string;
  /** Where the data is that was here; undefined: there was none worth keeping. */
  readonly setAside: string | undefined;
}

/** Controllers join one after the other, so one that is refused for now asks again until then. */
const patienceMs = 60_000;
const retryMs = 500;

const admittedSchema = z.object({
  secret: z.string().regex(/^[0-9a-f]{64}$/),
  membership: membershipSchema,
});

/**
 * No service may run on the state directory. A refusal leaves it as it was. One that was interrupted goes on with the same
 * token, as long as that is valid.
 */
export async function joinControllers(options: JoinOptions): Promise<JoinedControllers> {
  const { stateDirectory, name, again } = options;
  const token = decodeJoinToken(options.token);
  if (!token.controller) {
    throw new CopaError(
      'permission_denied',
      'this token is for a host: use it with "copa agent join", and make one for a controller with "copa controller token"',
    );
  }
  checkCanBeShared(await etcdVersion());
  const hasData = await checkStateDirectory(options, token.id);
  const found = await findController(token);
  const address = addressOf(options.address, found);
  await checkFree(address);

  const { id, secret } = token;
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const box = await keysForJoin(stateDirectory, { id, name, address });
  const request: ControllerJoinRequest = { id, secret, name, address, publicKey: box.publicKey };
  const reply = await askPatiently(found, request).catch(async (error: unknown) => {
    if (!isUnknownOutcome(error)) await forgetJoin(stateDirectory);
    throw error;
  });
  const text = openBox(box, reply, circumstancesOf(request));
  if (text === undefined) throw new CopaError('internal', "the controller's answer cannot be decrypted");
  const admitted = admittedSchema.parse(JSON.parse(text));

  const setAside = hasData ? await clear(stateDirectory, again) : undefined;
  await createFile(secretFile(stateDirectory), `${admitted.secret}\n`, 0o600);
  await writeMembership(stateDirectory, admitted.membership);
  await giveToOwner(stateDirectory);
  await forgetJoin(stateDirectory);
  return { name, address, by: found.host, setAside };
}

async function askPatiently(
  found: FoundController,
  request: ControllerJoinRequest,
): Promise<ControllerJoinReply> {
  const end = Date.now() + patienceMs;
  for (;;) {
    try {
      const call = { path: '/join-controller', request, reply: controllerJoinReplySchema } as const;
      return await requestToJoin(found, call);
    } catch (error) {
      if (!isCopaError(error, 'unavailable') || Date.now() > end) throw error;
      await systemClock.delay(retryMs);
    }
  }
}

/** Whether there is data. Throws `already_exists` when it is worth keeping. */
async function checkStateDirectory(
  { stateDirectory, again, log }: JoinOptions,
  tokenId: string,
): Promise<boolean> {
  const names: string[] = await readdir(stateDirectory).catch(() => []);
  const hasData = names.some((each) => owned.includes(each));
  if (!hasData || again) return hasData;
  // What an interrupted join has written is written again.
  if (!names.includes('etcd') && (await isPending(stateDirectory, tokenId))) return true;
  const what = names.includes('membership.json')
    ? `it is a member of a cluster of controllers already (${membershipFile(stateDirectory)})`
    : await useOf(stateDirectory, names, log);
  if (what === undefined) return true;
  throw new CopaError(
    'already_exists',
    `this machine has a controller with data in ${stateDirectory}: ${what}. With --again, it is set aside`,
  );
}

/** The files of a controller that another one takes the place of. Its id and its audit log stay. */
const owned = ['etcd', 'cluster-secret', 'membership.json', 'ca'];

/** A controller that has only been started, as its package does, has none: undefined. */
async function useOf(stateDirectory: string, names: string[], log: Logger): Promise<string | undefined> {
  if (names.includes('ca')) return 'it has a CA of an earlier release';
  if (!names.includes('etcd')) return undefined;
  const etcd = await startEmbeddedEtcd(stateDirectory, log);
  const store = new Store(etcd.endpoints);
  try {
    const { entries } = await store.listAll(keys.all);
    const used = entries.filter(({ key }) => !isOfEveryController(key));
    return used.length > 0 ? `${used.length} entries, such as ${used[0]?.key}` : undefined;
  } finally {
    store.close();
    await etcd.stop();
    await giveToOwner(stateDirectory);
  }
}

function isOfEveryController(key: string): boolean {
  const own: readonly string[] = [keys.authorities, keys.decider, keys.rebalance];
  return (
    own.includes(key) || [keys.decisions, keys.controllers, keys.living].some((each) => key.startsWith(each))
  );
}

/** What is worth keeping stays beside it, readable by its owner alone. Returns where. */
async function clear(stateDirectory: string, keep: boolean): Promise<string | undefined> {
  const aside = join(stateDirectory, `before-join-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`);
  if (keep) await mkdir(aside, { mode: 0o700 });
  const names = (await readdir(stateDirectory)).filter((each) => owned.includes(each));
  for (const each of names) {
    const file = join(stateDirectory, each);
    if (keep) await rename(file, join(aside, each));
    else await rm(file, { recursive: true });
  }
  await syncDirectory(stateDirectory);
  return keep ? aside : undefined;
}

function addressOf(
  given: string | undefined,
  { localAddress }: Pick<FoundController, 'localAddress'>,
): string {
  const parsed = parseIPv4Address(given ?? localAddress, peerPort);
  if (parsed && parsed.port > 0) return formatAddress(parsed);
  throw new CopaError(
    'invalid_argument',
    'the address of this machine for the other controllers is unknown: give it with --address IP[:PORT]',
  );
}
