/**
 * The short way for the questions that are asked most: the same checks by the same functions as on the long way
 * (../app.ts), and the same answer, without what the long way does for all that such a question is not. Whatever is
 * not plainly right goes the long way, which knows how to refuse it; so does what failed, with its failure.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import {
  carryingRequestId,
  requestIdFrom,
  requestIdHeader,
} from '../../../common/observability/request-id.js';
import { authorize, type Authenticator } from '../auth/authenticator.js';
import { securityHeaders } from './security-headers.js';
import { permissionOf, type Permission } from '../auth/permissions.js';
import type { Admission } from './admission.js';
import { memoizeByText } from '../../../common/async/memoize.js';
import { httpRequests } from '../../observability/metrics.js';
import { mergeParameters, type JsonText, type Parameters } from '../request/parameters.js';

/** A question of GET whose answer is the same for all who may reach every pool. */
export interface ShortQuestion {
  /** The route's. */
  readonly path: string;
  /** How to ask, when these parameters ask this and nothing more; what it throws is as good as undefined. */
  read(parameters: Parameters): (() => Promise<JsonText>) | undefined;
}

interface Asking {
  readonly path: string;
  readonly need: Permission;
  readonly ask: () => Promise<JsonText>;
}

/** What became of a request before it took the long way. */
interface Before {
  readonly id: string;
  readonly startedAt: number;
  readonly asked: Promise<JsonText>;
}

interface Parts {
  readonly door: Pick<Authenticator, 'identify'>;
  readonly admission: Admission;
  readonly questions: readonly ShortQuestion[];
}

const always = [...Object.entries(securityHeaders).flat(), 'Cache-Control', 'no-store'];

const before = new WeakMap<IncomingMessage, Before>();

/** Where the long way finds what was asked already. */
export function askedBefore(request: IncomingMessage): Before | undefined {
  return before.get(request);
}

export function shortWay({ door, admission, questions }: Parts, long: RequestListener): RequestListener {
  const askingFor = memoizeByText((url) => askingIn(url, questions), 512, 256);
  return (request, response) => {
    const asking = isPlain(request) ? askingFor(request.url ?? '') : undefined;
    if (!asking || !mayAsk(request, asking.need, door) || !admission.enter()) {
      long(request, response);
      return;
    }
    const startedAt = performance.now();
    const id = requestIdFrom(request.headers[requestIdHeader]);
    const asked = carryingRequestId(id, asking.ask);
    asked.then(
      (answer) => {
        admission.leave();
        answerWith(response, id, answer);
        const labels = { route: asking.path, method: 'GET', status: '200' };
        httpRequests.observe(labels, (performance.now() - startedAt) / 1000);
      },
      () => {
        admission.leave();
        before.set(request, { id, startedAt, asked });
        long(request, response);
      },
    );
  };
}

function isPlain({ method, headers }: IncomingMessage): boolean {
  if (method !== 'GET' || headers.upgrade !== undefined) return false;
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}

/** Whoever is confined to some pools, or has to be refused, does not. */
function mayAsk(request: IncomingMessage, need: Permission, door: Pick<Authenticator, 'identify'>): boolean {
  try {
    const principal = door.identify(request);
    if (!principal || principal.pools) return false;
    authorize(principal, need, []);
    return true;
  } catch {
    return false;
  }
}

function askingIn(url: string, questions: readonly ShortQuestion[]): Asking | undefined {
  // What is rare in an address, a fragment for one, is not for this reading of it.
  if (!/^[\w/?&=.%+-]*$/.test(url)) return undefined;
  const [target = '', ...query] = url.split('?');
  const path = target.endsWith('/') ? target.slice(0, -1) : target;
  for (const question of questions) {
    if (question.path !== path) continue;
    try {
      const ask = question.read(mergeParameters(query.join('?'), '', 'form'));
      if (ask) return { path, need: permissionOf('GET', path), ask };
    } catch {
      // The long way says what is wrong with them.
    }
  }
  return undefined;
}

function answerWith(response: ServerResponse, id: string, { body, bytes }: JsonText): void {
  // The client has gone.
  if (response.destroyed) return;
  response.writeHead(200, [
    ...[requestIdHeader, id],
    ...always,
    ...['Content-Type', 'application/json; charset=utf-8', 'Content-Length', String(bytes)],
  ]);
  response.end(body);
}
