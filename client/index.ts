/**
 * COPA's REST API for TypeScript, in Node:
 *
 *     import { connect } from 'copa/client';
 *     const copa = connect({ address: 'https://copa.example.org:8000', token, ca });
 *     await copa.container('start', { container_pool: 'server1', container_name: 'web' });
 *     for await (const event of copa.events({ type: 'container' })) console.log(event);
 *
 * With several addresses, requests go to a controller that lives (addresses.ts).
 */
import { Addresses, addressesOf, connectMsOfSeveral } from './addresses.js';
import { Copa } from './client.js';
import { ExecSession, type ExecParameters } from './exec-session.js';
import { HttpTransport } from './http.js';

export interface Target {
  /** A URL, as http://127.0.0.1:8000, or `unix:/PATH`; several, as a list or separated by commas. */
  readonly address: string | readonly string[];
  readonly token?: string | undefined;
  /** The CA that the controller's certificate is verified with, as PEM; undefined: those of the system. */
  readonly ca?: string | undefined;
  /** Added to the error when the controller does not answer: what to check. */
  readonly advice?: string | undefined;
}

/** The controller at an address, or those at several. It sends nothing before the first call. */
export class Connection extends Copa<Addresses<HttpTransport>> {
  constructor({ address, ...more }: Target) {
    const all = addressesOf(address);
    const connectMsMax = all.length > 1 ? connectMsOfSeveral : undefined;
    super(new Addresses(all.map((each) => new HttpTransport({ address: each, ...more, connectMsMax }))));
  }

  /** Runs a command, or a shell, in a session: on a terminal, or with plain streams. */
  exec(parameters: ExecParameters): Promise<ExecSession> {
    return this.transport.attempt((carrier) => ExecSession.start(carrier, parameters));
  }
}

export function connect(target: Target): Connection {
  return new Connection(target);
}

export { CopaError, isCopaError, isUnknownOutcome, type ErrorCode } from '../common/errors.js';
export { parametersOf } from './requests.js';
export type { CallOptions, FollowOptions } from './follow.js';
export type { EventsOptions, StreamItem, StreamOptions } from './events.js';
export type { ExecOutput, ExecParameters, ExecSession } from './exec-session.js';
export type * from './types.js';
export type { components, operations, paths } from './gen/openapi.js';
