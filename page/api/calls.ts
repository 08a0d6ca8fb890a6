/** Everything that the page asks of the controller, one function each. */
import type { WireMigration, WireOverview, WirePreflight } from '../model/api-types.js';
import { request } from './request.js';

/** A container and the pool that it is on. */
export interface Place {
  readonly pool: string;
  readonly name: string;
}

const poolsPerPage = 300;

/** The pages of the overview, each as soon as it is there. */
export async function* overview(signal: AbortSignal): AsyncGenerator<WireOverview> {
  let after: string | null = null;
  do {
    const query: Record<string, string> = { limit: String(poolsPerPage) };
    if (after !== null) query['after'] = after;
    const page: WireOverview = await request<WireOverview>('GET', 'overview', { query, signal });
    yield page;
    after = page.next;
  } while (after !== null);
}

/** The newest first. */
export async function migrations(limit: number, signal: AbortSignal): Promise<readonly WireMigration[]> {
  const query = { limit: String(limit) };
  return (await request<{ migrations: readonly WireMigration[] }>('GET', 'migrations', { query, signal }))
    .migrations;
}

export async function cancelMigration(id: string): Promise<WireMigration> {
  return request('DELETE', `migrations/${id}`);
}

/** An operation on a container; its other parameters in `more`. Resolves when it is really done. */
export async function operate<Answer = unknown>(
  operation: string,
  { pool, name }: Place,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Answer> {
  return request('POST', 'container', {
    json: { operation, container_pool: pool, container_name: name, ...more },
  });
}

/** What a container is asked. */
export async function inquire<Answer>(
  operation: string,
  { pool, name }: Place,
  signal?: AbortSignal,
): Promise<Answer> {
  return request('GET', 'container', {
    query: { operation, container_pool: pool, container_name: name },
    ...(signal ? { signal } : {}),
  });
}

export interface MoveOptions {
  readonly stop_timeout?: number;
  readonly force?: boolean;
  readonly live?: boolean;
  readonly passes_max?: number;
  readonly bandwidth_limit?: number;
  readonly compress?: boolean;
  readonly keep_source_as?: string;
}

/** What a move would meet; changes nothing. */
export async function preflight(
  { pool, name }: Place,
  destination: string,
  options: MoveOptions,
  signal: AbortSignal,
): Promise<WirePreflight> {
  return request('POST', 'container', {
    json: {
      operation: 'migrate',
      container_pool: pool,
      container_name: name,
      destination_pool: destination,
      dry_run: true,
      ...options,
    },
    signal,
  });
}

/** Begins a move. Returns its id; its progress comes with the events. */
export async function move(
  { pool, name }: Place,
  destination: string,
  options: MoveOptions,
): Promise<string> {
  const { id } = await request<{ id: string }>('POST', 'container', {
    json: {
      operation: 'migrate',
      container_pool: pool,
      container_name: name,
      destination_pool: destination,
      ...options,
    },
    headers: { Prefer: 'respond-async' },
  });
  return id;
}

/** The aliases of a pool's images. */
export async function images(pool: string, signal: AbortSignal): Promise<readonly string[]> {
  const answer = await request<{ images: Readonly<Record<string, string>> }>('GET', 'image', {
    query: { image_pool: pool },
    signal,
  });
  return Object.keys(answer.images).sort();
}

export async function addPool(name: string, ip: string): Promise<void> {
  await request('POST', 'pools', { json: { operation: 'add', container_pool: name, ip } });
}

export async function removePool(name: string): Promise<void> {
  await request('POST', 'pools', { json: { operation: 'remove', container_pool: name } });
}
