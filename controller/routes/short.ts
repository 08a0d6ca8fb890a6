/**
 * The short way for the questions that are asked most: the same checks by the same functions as on the long way
 * (../app.ts), and the same answer, without what the long way does for all that such a question is not. Whatever is
 * not plainly right goes the long way, which knows how to refuse it; so does what failed, with its failure.
 */
import type { Context, Next } from 'koa';
import { carryingRequestId, requestIdFrom, requestIdHeader } from '../../proto/request-id.js';
import { authorize, type Door } from '../access/door.js';
import { securityHeaders } from '../access/headers.js';
import { needOf, type Need } from '../access/needs.js';
import type { Admission } from '../admission.js';
import { derivedFromText } from '../derived.js';
import { httpRequests } from '../metrics.js';
import { mergeParameters, type JsonText, type Parameters } from './parameters.js';

/** A question of GET whose answer is the same for all who may reach every pool. */
export interface ShortQuestion {
  /** The route's. */
  readonly path: string;
  /** How to ask, when these parameters ask this and nothing more; what it throws is as good as undefined. */
  read(parameters: Parameters): (() => Promise<JsonText>) | undefined;
}

interface Asking {
  readonly path: string;
  readonly need: Need;
  readonly ask: () => Promise<JsonText>;
}

interface Parts {
  readonly door: Pick<Door, 'knows'>;
  readonly admission: Admission;
  readonly questions: readonly ShortQuestion[];
}

const always = [...Object.entries(securityHeaders).flat(), 'Cache-Control', 'no-store'];

/** Where the long way finds what was asked already, and since when. */
export function askedShortly(ctx: Context): Promise<JsonText> | undefined {
  return ctx.state['asked'] as Promise<JsonText> | undefined;
}

export function shortWay({ door, admission, questions }: Parts) {
  const askingFor = derivedFromText((url) => askingIn(url, questions), 512, 256);
  return (ctx: Context, next: Next): Promise<unknown> => {
    const asking = isPlain(ctx.req) ? askingFor(ctx.req.url ?? '') : undefined;
    if (!asking || !mayAsk(ctx.req, asking.need, door)) return next();
    if (!admission.enter()) return next();
    const startedAt = performance.now();
    const id = requestIdFrom(ctx.req.headers[requestIdHeader]);
    const asked = carryingRequestId(id, asking.ask);
    return asked.then(
      (answer) => {
        admission.leave();
        answerWith(ctx, id, answer);
        const labels = { route: asking.path, method: 'GET', status: '200' };
        httpRequests.observe(labels, (performance.now() - startedAt) / 1000);
      },
      () => {
        admission.leave();
        Object.assign(ctx.state, { requestId: id, startedAt, asked });
        return next();
      },
    );
  };
}

function isPlain({ method, headers }: Context['req']): boolean {
  if (method !== 'GET' || headers.upgrade !== undefined) return false;
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}

/** Whoever is confined to some pools, or has to be refused, does not. */
function mayAsk(request: Context['req'], need: Need, door: Pick<Door, 'knows'>): boolean {
  try {
    const principal = door.knows(request);
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
      if (ask) return { path, need: needOf('GET', path), ask };
    } catch {
      // The long way says what is wrong with them.
    }
  }
  return undefined;
}

function answerWith(ctx: Context, id: string, { body, bytes }: JsonText): void {
  const { res } = ctx;
  ctx.respond = false;
  if (!ctx.writable) return;
  res.writeHead(200, [
    ...[requestIdHeader, id],
    ...always,
    ...['Content-Type', 'application/json; charset=utf-8', 'Content-Length', String(bytes)],
  ]);
  res.end(body);
}
