/**
 * COPA's REST API for TypeScript, in Node:
 *
 *     import { connect } from 'copa/client';
 *     const copa = connect({ address: 'https://copa.example.org:8000', token, ca });
 *     await copa.container('start', { container_pool: 'server1', container_name: 'web' });
 *     for await (const event of copa.events({ type: 'container' })) console.log(event);
 */
import { Copa } from './client.js';
import { ExecSession, type ExecParameters } from './exec-session.js';
import { HttpTransport, type Target } from './http.js';

/** A controller at an address. It sends nothing before the first call. */
export class Connection extends Copa<HttpTransport> {
  constructor(target: Target) {
    super(new HttpTransport(target));
  }

  /** Runs a command, or a shell, in a session: on a terminal, or with plain streams. */
  exec(parameters: ExecParameters): Promise<ExecSession> {
    return ExecSession.start(this.transport, parameters);
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
export type { Target } from './http.js';
export type * from './types.js';
export type { components, operations, paths } from './gen/openapi.js';
