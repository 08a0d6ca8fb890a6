/**
 * Queries to one Prometheus server: the only code that knows its HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/).
 * Requests go to the address of the setting and nowhere else: redirects are not followed, and a query is a form field, never
 * part of the address. Credentials of the address are in no message.
 */
import { z } from 'zod';
import { CopaError, isCopaError, messageOf } from '../../common/errors.js';
import { prometheusQueries } from '../observability/metrics.js';

export interface RangeQuery {
  readonly query: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly stepMs: number;
}

export interface QueriedSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** The oldest first, without values that are no numbers. */
  readonly points: readonly { readonly atMs: number; readonly value: number }[];
}

/** What the rest of the controller uses. */
export interface QuerySource {
  /**
   * Throws `invalid_argument` for a query that the server refuses, `resource_exhausted` for an answer that is too long, and
   * `unavailable` for everything else that goes wrong.
   */
  range(query: RangeQuery): Promise<readonly QueriedSeries[]>;
}

/** A policy decides every five seconds. */
const timeoutMs = 4_000;
const bytesMax = 16 << 20;
const seriesMax = 5_000;
/** Prometheus returns 11,000 values of a series at most. */
export const pointsMax = 10_000;
const reasonMax = 300;

const replySchema = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
});
const refusalSchema = z.object({ status: z.literal('error'), error: z.string() });

class Prometheus implements QuerySource {
  readonly #url: string;
  /** Without credentials. */
  readonly #name: string;
  readonly #authorization: string | undefined;

  constructor(address: string) {
    const url = new URL(address);
    const { username, password } = url;
    [url.username, url.password] = ['', ''];
    this.#name = url.host;
    this.#url = `${url.href.replace(/\/$/, '')}/api/v1/query_range`;
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    if (username !== '') this.#authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  }

  async range(query: RangeQuery): Promise<readonly QueriedSeries[]> {
    const end = prometheusQueries.startTimer();
    try {
      const found = await this.#range(query);
      end({ outcome: 'ok' });
      return found;
    } catch (error) {
      end({ outcome: isCopaError(error) ? error.code : 'internal' });
      throw error;
    }
  }

  async #range({ query, fromMs, untilMs, stepMs }: RangeQuery): Promise<readonly QueriedSeries[]> {
    const seconds = (ms: number) => String(ms / 1000);
    const form = {
      ...{ query, start: seconds(fromMs), end: seconds(untilMs), step: seconds(stepMs) },
      timeout: `${timeoutMs / 1000}s`,
    };
    const { status, text } = await this.#post(new URLSearchParams(form));
    const body = jsonIn(text);
    const refusal = refusalSchema.safeParse(body);
    if (refusal.success) {
      const reason = refusal.data.error.slice(0, reasonMax);
      const code = status === 400 || status === 422 ? 'invalid_argument' : 'unavailable';
      throw new CopaError(code, `the Prometheus server ${this.#name} refuses the query: ${reason}`);
    }
    const reply = replySchema.safeParse(body);
    if (!reply.success)
      throw this.#failure(
        status === 200 ? 'does not answer as Prometheus does' : `answers with status ${status}`,
      );
    const { result } = reply.data.data;
    if (result.length > seriesMax)
      throw new CopaError(
        'resource_exhausted',
        `the query has ${result.length} series: ${seriesMax} are possible`,
      );
    return result.map(({ metric, values }) => ({
      labels: metric,
      points: values.flatMap(([at, text]) => {
        const value = Number(text);
        return Number.isFinite(value) ? [{ atMs: Math.round(at * 1000), value }] : [];
      }),
    }));
  }

  async #post(form: URLSearchParams): Promise<{ readonly status: number; readonly text: string }> {
    const headers = this.#authorization === undefined ? {} : { Authorization: this.#authorization };
    try {
      const reply = await fetch(this.#url, {
        ...{ method: 'POST', body: form, headers, redirect: 'manual' },
        signal: AbortSignal.timeout(timeoutMs),
      });
      return { status: reply.status, text: await this.#textOf(reply) };
    } catch (error) {
      if (isCopaError(error)) throw error;
      const isLate = error instanceof Error && error.name === 'TimeoutError';
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      throw this.#failure(
        `does not answer: ${isLate ? `nothing came within ${timeoutMs / 1000} s` : messageOf(cause)}`,
      );
    }
  }

  async #textOf(reply: Response): Promise<string> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of reply.body ?? []) {
      const part = chunk as Uint8Array;
      bytes += part.byteLength;
      if (bytes > bytesMax)
        throw new CopaError(
          'resource_exhausted',
          `the answer to the query is longer than ${bytesMax >> 20} MiB`,
        );
      chunks.push(part);
    }
    return Buffer.concat(chunks).toString();
  }

  #failure(what: string): CopaError {
    return new CopaError('unavailable', `the Prometheus server ${this.#name} ${what}`);
  }
}

/** The server of an address. Without one each query is refused. */
export function prometheusAt(address: string | undefined): QuerySource {
  return address === undefined ? none : new Prometheus(address);
}

const none: QuerySource = {
  range: () =>
    Promise.reject(
      new CopaError('failed_precondition', 'no Prometheus server is set: copa controller --prometheus'),
    ),
};

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
