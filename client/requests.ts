/** The parts of requests: their options, pages of long lists, and references as parameters. */
import type { CallOptions } from './follow.js';
import type { Parameters } from './transport.js';
import type { ContainerParameters, ContainerRef } from './types.js';

export type Method = 'GET' | 'POST' | 'DELETE';

export interface RequestOptions extends CallOptions {
  readonly query?: Parameters;
  readonly json?: Parameters;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One page of a long list. */
export interface Part {
  readonly limit: number;
  readonly after?: string;
}

/** The largest page that the API allows. */
export const pageLimit = 1000;

/** A container's reference as parameters of the API. */
export function parametersOf({ pool, name }: ContainerRef): ContainerParameters {
  return { container_pool: pool, container_name: name };
}
