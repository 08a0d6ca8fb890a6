/**
 * COPA's REST API for TypeScript:
 *
 *     import { connect } from 'copa/client';
 *     const copa = connect({ address: 'https://copa.example.org:8000', token, ca });
 *     await copa.container('start', { container_pool: 'server1', container_name: 'web' });
 *     for await (const event of copa.events({ type: 'container' })) console.log(event);
 */
import { Attendance, type Attended } from './attend.js';
import { Copa } from './client.js';
import { HttpTransport, type Target } from './http.js';

/** A controller at an address. Nothing is sent before something is asked. */
export class Connection extends Copa<HttpTransport> {
  constructor(target: Target) {
    super(new HttpTransport(target));
  }

  /** Runs a command, or a shell, and attends it: on a terminal, or with plain streams. */
  attend(parameters: Attended): Promise<Attendance> {
    return Attendance.begin(this.transport, parameters);
  }
}

export function connect(target: Target): Connection {
  return new Connection(target);
}

export { CopaError, isCopaError, isUnknownOutcome, type ErrorCode } from '../common/errors.js';
export type { Attendance, Attended, Shown } from './attend.js';
export type { Following, Sending } from './client.js';
export type { EventsWanted } from './events.js';
export type { Target } from './http.js';
export type * from './types.js';
export type { components, operations, paths } from './gen/openapi.js';
