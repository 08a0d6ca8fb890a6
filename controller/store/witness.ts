/**
 * Whether a transaction was executed whose reply was lost. With its changes it creates a key of its own, the witness, and
 * expects that this does not exist. So it is executed once, however often it is sent and whatever others did meanwhile.
 *
 * Witnesses expire with a lease. Once it has expired, etcd refuses every copy of the transaction that is still on its way.
 */
import {
  EtcdLeaseInvalidError,
  type ICompare,
  type IRequestOp,
  type ITxnRequest,
  type ITxnResponse,
} from 'etcd3';
import { CopaError } from '../../common/errors.js';
import { keys } from './keys.js';
import { encode } from './values.js';

/** Longer than any transaction is repeated. Raising it keeps more witnesses in etcd: one of 100 bytes for each write. */
export const witnessSeconds = 300;

interface Options {
  readonly deadline: number;
}

/** The lease of new witnesses, granted again after half of its time. */
export class WitnessLeases {
  #current: { readonly lease: Promise<string>; readonly grantedAtMs: number } | undefined;

  constructor(private readonly grant: (seconds: number, options: Options) => Promise<string>) {}

  /** Concurrent callers get the same lease. */
  get(options: Options): Promise<string> {
    const nowMs = performance.now();
    if (this.#current && nowMs - this.#current.grantedAtMs < (witnessSeconds * 1000) / 2)
      return this.#current.lease;
    const lease = this.grant(witnessSeconds, options);
    const current = { lease, grantedAtMs: nowMs };
    this.#current = current;
    lease.catch(() => this.#forget(current));
    return lease;
  }

  /** etcd no longer has the current lease, say after a restore. */
  renew(options: Options): Promise<string> {
    this.#forget(this.#current);
    return this.get(options);
  }

  #forget(which: object | undefined): void {
    if (this.#current === which) this.#current = undefined;
  }
}

interface Parts {
  readonly compare: readonly ICompare[];
  readonly success: readonly IRequestOp[];
}

/** One transaction with changes, as often as it is sent. */
export class WitnessedWrite {
  readonly #witness: Buffer;
  #lease: string | undefined;
  /** One was sent and not answered. */
  #mayBeDone = false;

  constructor(
    private readonly leases: WitnessLeases,
    /** Unique. */
    private readonly id: string,
    private readonly parts: Parts,
  ) {
    this.#witness = Buffer.from(keys.write(id));
  }

  /**
   * Sends it. `isDone`: it is executed, now or by an earlier attempt, at `revision`. Throws what `send` does: the outcome is
   * unknown then.
   */
  async attempt(
    send: (request: ITxnRequest) => Promise<ITxnResponse>,
    options: Options,
  ): Promise<{ isDone: boolean; revision: number }> {
    this.#lease ??= await this.leases.get(options);
    const reply = await this.#send(send, options);
    if (reply.succeeded) return { isDone: true, revision: Number(reply.header.revision) };
    const witness = reply.responses[0]?.response_range.kvs[0];
    if (witness) return { isDone: true, revision: Number(witness.mod_revision) };
    return { isDone: false, revision: Number(reply.header.revision) };
  }

  async #send(
    send: (request: ITxnRequest) => Promise<ITxnResponse>,
    options: Options,
  ): Promise<ITxnResponse> {
    const isFirst = !this.#mayBeDone;
    this.#mayBeDone = true;
    try {
      return await send(this.#request());
    } catch (error) {
      if (!(error instanceof EtcdLeaseInvalidError)) throw error;
      // The witness of an earlier attempt may have expired with it.
      if (!isFirst)
        throw new CopaError('unavailable', 'etcd did not answer in time: the outcome is unknown', {
          cause: error,
        });
      this.#lease = await this.leases.renew(options);
      return send(this.#request());
    }
  }

  #request(): ITxnRequest {
    const key = this.#witness;
    return {
      compare: [...this.parts.compare, { key, target: 'Mod', result: 'Equal', mod_revision: 0 }],
      success: [
        ...this.parts.success,
        { request_put: { key, value: encode(this.id, {}), lease: this.#lease ?? '0' } },
      ],
      failure: [{ request_range: { key } }],
    };
  }
}

/**
 * A transaction that only deletes, and creates no witness. `key`: one that it deletes, at an expected revision. When that is
 * gone at a repeated attempt, it counts as done.
 */
export async function removal(
  send: (request: ITxnRequest) => Promise<ITxnResponse>,
  { key, isRepeated, ...parts }: Parts & { readonly key: string; readonly isRepeated: boolean },
): Promise<{ isDone: boolean; revision: number }> {
  const failure = [{ request_range: { key: Buffer.from(key) } }];
  const { succeeded, header, responses } = await send({
    compare: [...parts.compare],
    success: [...parts.success],
    failure,
  });
  const isGone = !succeeded && responses[0]?.response_range.kvs[0] === undefined;
  return { isDone: succeeded || (isRepeated && isGone), revision: Number(header.revision) };
}
