/** Reads histories from the controller. */
import { isCopaError } from '../../client/browser.js';
import { messageOf } from '../../common/errors.js';
import type { WireHistoryRow } from '../model/api-types.js';
import { copa } from './copa.js';

export const spans = { hour: '1h', day: '24h', month: '30d' } as const;
export type Span = keyof typeof spans;

/** A pool, a container of it, or the link to a peer. */
export interface Subject {
  readonly pool: string;
  readonly container?: string;
  readonly peer?: string;
}

export interface Read {
  readonly rows: readonly WireHistoryRow[];
  /** Seconds. */
  readonly step: number;
  readonly warning: string | undefined;
}

/** A text is the reason why it cannot be read. */
export async function readHistory(subject: Subject, span: Span): Promise<Read | string> {
  const { pool, container, peer } = subject;
  const what = container !== undefined ? 'container' : peer !== undefined ? 'link' : 'pool';
  return read({
    what,
    container_pool: pool,
    ...(container === undefined ? {} : { container_name: container }),
    ...(peer === undefined ? {} : { peer }),
    since: spans[span],
  });
}

/** The newest values of all links: those of the last half minute. */
export async function readLinks(): Promise<Read | string> {
  return read({ what: 'link', since: '30s', step: '5s' });
}

async function read(query: Parameters<typeof copa.history>[0]): Promise<Read | string> {
  try {
    const { history: rows, step, warning } = await copa.history(query);
    return { rows, step, warning };
  } catch (error) {
    if (isCopaError(error, 'not_found')) return 'the controller does not know it any more';
    return messageOf(error);
  }
}
