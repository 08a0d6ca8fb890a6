/** Handlers of calls that test a link with traffic. */
import { CopaError } from '../../common/errors.js';
import { shown } from '../../common/names.js';
import type { AgentHandlers } from '../../proto/gen/copa/agent/v1/Agent.js';
import { TrafficTests, testSecondsMax } from '../measurements/traffic-test.js';
import type { Calls } from './calls.js';
import { done, type AgentParts } from './parts.js';
import * as check from './validation.js';

const ticketPattern = /^[0-9a-f]{64}$/;
const mbitsLimit = 1_000_000;

export function trafficCalls(
  calls: Calls,
  { pool, listener, tlsIdentity: identity }: Pick<AgentParts, 'pool' | 'listener' | 'tlsIdentity'>,
) {
  const tests = new TrafficTests(pool, { listener, identity });
  return {
    ReceiveTraffic: calls.stream(async (call) => {
      const { ticket, sourcePool, seconds } = call.request;
      checkTicket(ticket);
      check.pool(sourcePool);
      checkSeconds(seconds);
      const giveUp = new AbortController();
      call.once('cancelled', () => giveUp.abort());
      const ready = () => call.write({ ready: true });
      call.write(await tests.receive({ ticket, sourcePool, seconds }, ready, giveUp.signal));
    }),
    SendTraffic: calls.unary(({ ticket, destinationPool, destinationAddress, seconds, mbitsMax }) => {
      checkTicket(ticket);
      check.pool(destinationPool);
      check.address(destinationAddress);
      checkSeconds(seconds);
      if (!(mbitsMax >= 0 && mbitsMax <= mbitsLimit)) throw invalid('mbits_max', mbitsMax, 'it is Mbit/s');
      return done(tests.send({ ticket, destinationPool, destinationAddress, seconds, mbitsMax }));
    }),
  } satisfies Partial<AgentHandlers>;
}

function checkTicket(ticket: string): void {
  if (!ticketPattern.test(ticket)) throw invalid('ticket', ticket, 'it has 64 hexadecimal digits');
}

function checkSeconds(seconds: number): void {
  if (seconds < 1 || seconds > testSecondsMax)
    throw invalid('seconds', seconds, `it is from 1 to ${testSecondsMax}`);
}

function invalid(field: string, value: unknown, rule: string): CopaError {
  return new CopaError('invalid_argument', `${field} ${shown(value)} is not valid: ${rule}`);
}
