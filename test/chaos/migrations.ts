// Migrations as a client of the REST API sees them.
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Cluster } from '../../deploy/lab/cluster.js';

const viewSchema = z.object({
  id: z.string(),
  container: z.string(),
  source: z.string(),
  destination: z.string(),
  phase: z.string(),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  bytes: z.number(),
  downtime_ms: z.number().nullable(),
  passes: z.array(z.object({ kind: z.string(), outcome: z.string(), bytes: z.number() })),
  history: z.array(z.object({ phase: z.string(), at: z.string() })),
  error: z.string().nullable(),
  waiting_for: z.string().nullable(),
});
export type View = z.infer<typeof viewSchema>;

/** A server of the REST API. */
export type Rest = Pick<Cluster, 'request'>;

export interface Move {
  readonly container: string;
  readonly source: string;
  readonly destination: string;
  /** Further parameters of the request. */
  readonly options?: Readonly<Record<string, string>>;
}

/** Starts a move and returns its id. @throws Error when it is refused. */
export async function begin(
  rest: Rest,
  { container, source, destination, options = {} }: Move,
): Promise<string> {
  const form = {
    operation: 'migrate',
    container_name: container,
    container_pool: source,
    destination_pool: destination,
    ...options,
  };
  const headers = { Prefer: 'respond-async' };
  const { status, body } = await rest.request('POST', 'container', { form, headers });
  if (status !== 202) throw new Error(`migrate of ${container}: ${status} ${JSON.stringify(body)}`);
  return String(body['id']);
}

export async function view(rest: Rest, id: string): Promise<View> {
  return viewSchema.parse((await rest.request('GET', `migrations/${id}`, { timeoutMs: 5_000 })).body);
}

async function views(rest: Rest): Promise<View[]> {
  const send = { query: { limit: '1000' }, timeoutMs: 5_000 };
  const { body } = await rest.request('GET', 'migrations', send);
  return z.array(viewSchema).parse(body['migrations']);
}

/**
 * Waits until these have ended, across failures of the controller.
 * @returns the migrations by id at the end of the wait, and the time when each was seen ended.
 */
export async function untilEnded(
  rest: Rest,
  ids: readonly string[],
  timeoutMs: number,
): Promise<Map<string, { readonly view: View; readonly endedAt: number | undefined }>> {
  const deadline = performance.now() + timeoutMs;
  const found = new Map<string, { view: View; endedAt: number | undefined }>();
  for (;;) {
    const all = await views(rest).catch(() => []);
    for (const each of all) {
      if (!ids.includes(each.id) || found.get(each.id)?.endedAt !== undefined) continue;
      found.set(each.id, { view: each, endedAt: each.state === 'running' ? undefined : performance.now() });
    }
    const open = ids.filter((id) => found.get(id)?.endedAt === undefined);
    if (open.length === 0 || performance.now() > deadline) return found;
    await pause(200);
  }
}

/** The details of a failing cell's migration. */
export function told({ phase, error, waiting_for: waiting, history, passes }: View): string {
  const from = Date.parse(history[0]?.at ?? '');
  const steps = history.map((each) => `${each.phase} +${((Date.parse(each.at) - from) / 1000).toFixed(1)}`);
  const sent = passes.map(({ kind, outcome, bytes }) => `${kind} ${outcome} ${bytes}`);
  return `${phase}; ${steps.join(', ')}; passes: ${sent.join(', ') || 'none'}; error: ${error ?? 'none'}; waiting for: ${waiting ?? 'nothing'}`;
}
