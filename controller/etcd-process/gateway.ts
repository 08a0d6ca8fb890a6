/**
 * etcd's own JSON gateway: what COPA needs to start an etcd and to change who its members are. The client library has
 * no learners.
 */
import { Agent, request as httpsRequest } from 'node:https';
import { z } from 'zod';
import { CopaError, messageOf } from '../../common/errors.js';
import type { Credentials } from '../../common/pki/identity.js';
import { checkCanBeShared, peerUrl } from './program.js';

const memberSchema = z.object({
  ID: z.string(),
  /** Missing until it has started. */
  name: z.string().default(''),
  peerURLs: z.array(z.string()).default([]),
  isLearner: z.boolean().default(false),
});
const listSchema = z.object({ members: z.array(memberSchema) });
const statusSchema = z.object({
  leader: z.string().default('0'),
  header: z.object({ member_id: z.string() }),
});

export interface EtcdMember {
  readonly id: string;
  /** Empty until it has started. */
  readonly name: string;
  /** IP:PORT for other members. */
  readonly address: string;
  /** It gets all data, and has no vote yet. */
  readonly isLearner: boolean;
}

export interface EtcdStatus {
  readonly ownId: string;
  /** '0' while there is none. */
  readonly leaderId: string;
}

interface Options {
  /** Where the gateway is: `https://127.0.0.1:PORT`. */
  readonly url: string;
  readonly credentials: Credentials;
  /** As "3.4.23". */
  readonly version: string;
}

const answerMsMax = 5_000;
const lookMsMax = 1_000;

/** What etcd answers to a change of its members that it refuses. */
const refusals = {
  unhealthy: /unhealthy cluster|not enough started members|re-configuration failed/,
  tooManyLearners: /too many learner/,
  notInSync: /in sync with leader/,
  notFound: /member not found/,
} as const;

export class EtcdRefusal extends Error {
  /** What it means; undefined: something else. */
  readonly kind: keyof typeof refusals | undefined;

  constructor(message: string) {
    super(message);
    const known = Object.keys(refusals) as (keyof typeof refusals)[];
    this.kind = known.find((kind) => refusals[kind].test(message));
  }
}

export class EtcdGateway {
  /**
   * Of reads. Each controller reads every second, and a TLS handshake costs more than the rest of a read. A change has a
   * connection of its own: on one that etcd has just closed, its outcome would be unknown.
   */
  readonly #connections = new Agent({ keepAlive: true });

  constructor(private readonly options: Options) {}

  /**
   * Whether it answers a linearizable read, as it does once it has a leader. Its health page would not do: it says that
   * an etcd without space is ill, and that one serves all reads and can be helped.
   */
  async isServing(): Promise<boolean> {
    const read = { key: Buffer.from('/').toString('base64') };
    const reply = await this.#post('kv/range', read, { timeout: lookMsMax, agent: this.#connections }).catch(
      () => undefined,
    );
    return reply?.status === 200;
  }

  /** Throws `failed_precondition` for an etcd that has no learners: a new member would put the others at risk. */
  checkTakesMembers(): void {
    checkCanBeShared(this.options.version);
  }

  /** As this member knows them, also without a majority. */
  async members(): Promise<EtcdMember[]> {
    const { members } = listSchema.parse(await this.#ask('cluster/member/list', {}, this.#connections));
    return members.map(viewOf);
  }

  async status(): Promise<EtcdStatus> {
    const { leader, header } = statusSchema.parse(
      await this.#ask('maintenance/status', {}, this.#connections),
    );
    return { ownId: header.member_id, leaderId: leader };
  }

  async addLearner(address: string): Promise<void> {
    await this.#ask('cluster/member/add', { peerURLs: [peerUrl(address)], isLearner: true });
  }

  async move(id: string, address: string): Promise<void> {
    await this.#ask('cluster/member/update', { ID: id, peerURLs: [peerUrl(address)] });
  }

  async promote(id: string): Promise<void> {
    await this.#ask('cluster/member/promote', { ID: id });
  }

  async remove(id: string): Promise<void> {
    await this.#ask('cluster/member/remove', { ID: id });
  }

  /** Throws `EtcdRefusal` for a definite no, and `unavailable` when the outcome is unknown. */
  async #ask(path: string, body: object, agent: Agent | false = false): Promise<unknown> {
    const { status, text } = await this.#post(path, body, { timeout: answerMsMax, agent }).catch(
      (cause: unknown) => {
        throw new CopaError('unavailable', `etcd does not answer: ${messageOf(cause)}`, { cause });
      },
    );
    if (status === 200) return JSON.parse(text);
    const refusal = new EtcdRefusal(errorIn(text));
    if (refusal.kind !== undefined) throw refusal;
    throw new CopaError('unavailable', `etcd refuses: ${refusal.message}`);
  }

  #post(
    path: string,
    body: object,
    { timeout, agent }: { readonly timeout: number; readonly agent: Agent | false },
  ): Promise<{ status: number; text: string }> {
    const { url, version, credentials } = this.options;
    const { ca, cert, key } = credentials;
    const api = version.startsWith('3.3.') ? 'v3beta' : 'v3';
    return new Promise((resolve, reject) => {
      const options = {
        method: 'POST',
        ca,
        cert,
        key,
        agent,
        signal: AbortSignal.timeout(timeout),
      } as const;
      const request = httpsRequest(`${url}/${api}/${path}`, options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      request.on('error', reject);
      request.end(JSON.stringify(body));
    });
  }
}

function viewOf({ ID, name, peerURLs, isLearner }: z.infer<typeof memberSchema>): EtcdMember {
  return { id: ID, name, address: (peerURLs[0] ?? '').replace(/^https?:\/\//, ''), isLearner };
}

function errorIn(text: string): string {
  try {
    const { error, message } = JSON.parse(text) as { error?: unknown; message?: unknown };
    return String(error ?? message);
  } catch {
    return text.slice(0, 200);
  }
}
