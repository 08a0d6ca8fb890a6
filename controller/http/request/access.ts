/**
 * How long the access of a request lasts that takes long: until its client has gone, or its token is no longer valid. What
 * only reads stops then. What was begun on a host goes on, and only the answer is not delivered.
 */
import type { Context } from 'koa';
import { setMaxListeners } from 'node:events';
import { deferred, type Deferred } from '../../../common/async/deferred.js';
import { CopaError } from '../../../common/errors.js';
import type { Confirmed } from '../../usecases/token-confirmations.js';
import { isUpgraded, stateOf } from './state.js';

/** How long a session waits for etcd to confirm its token. Raising it keeps the commands of revoked tokens for longer. */
const patienceMs = 30_000;

const revoked = () => new CopaError('unauthenticated', 'the token is no longer valid');
const unconfirmed = () =>
  new CopaError('unavailable', 'etcd does not answer this controller, so nobody can confirm the token');

/** Aborts when the client has gone, or its token is no longer valid. */
export function signalOf(ctx: Context): AbortSignal {
  return endOf(ctx, (state) => (state === 'revoked' ? revoked() : undefined));
}

/** As `signalOf`, and also when etcd does not confirm the token: for what goes on elsewhere without loss. */
export function strictSignalOf(ctx: Context): AbortSignal {
  return endOf(ctx, (state) =>
    state === 'confirmed' ? undefined : state === 'revoked' ? revoked() : unconfirmed(),
  );
}

function endOf(ctx: Context, reasonFor: (state: Confirmed) => CopaError | undefined): AbortSignal {
  const { principal, watchAccess } = stateOf(ctx);
  // After an upgrade the connection is no longer that of the response.
  const connection = isUpgraded(ctx) ? ctx.req.socket : ctx.res;
  const ending = new AbortController();
  // One listener per call that goes on for it.
  setMaxListeners(0, ending.signal);
  let unwatch: () => void = () => undefined;
  const stop = () => {
    connection.off('close', onClose);
    principal?.signal.removeEventListener('abort', onInvalid);
    unwatch();
  };
  const end = (reason: unknown) => {
    stop();
    ending.abort(reason);
  };
  const onClose = () => {
    if (ctx.res.writableFinished) stop();
    else end(new CopaError('cancelled', 'the client has gone'));
  };
  const onInvalid = () => end(principal?.signal.reason);
  connection.once('close', onClose);
  principal?.signal.addEventListener('abort', onInvalid);
  if (connection.closed) onClose();
  else if (principal?.signal.aborted) onInvalid();
  else if (watchAccess) {
    unwatch = watchAccess((state) => {
      const reason = reasonFor(state);
      if (reason) end(reason);
    });
  }
  return ending.signal;
}

/** A pause of what goes between a client and a command: as long as etcd does not confirm the client's token. */
export class AccessPause {
  /** Aborts when it was closed for too long. */
  readonly signal: AbortSignal;
  #closed: Deferred<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #unwatch: () => void;

  constructor(ctx: Context) {
    const ending = new AbortController();
    this.signal = ending.signal;
    this.#unwatch =
      stateOf(ctx).watchAccess?.((state) => {
        if (state === 'unconfirmed') this.#shut(() => ending.abort(unconfirmed()));
        else this.#open();
      }) ?? (() => undefined);
  }

  /** Resolves when it is open. */
  async over(): Promise<void> {
    await this.#closed?.promise;
  }

  close(): void {
    this.#unwatch();
    this.#open();
  }

  #shut(giveUp: () => void): void {
    this.#closed ??= deferred();
    this.#timer ??= setTimeout(giveUp, patienceMs).unref();
  }

  #open(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#closed?.resolve(undefined);
    this.#closed = undefined;
  }
}
