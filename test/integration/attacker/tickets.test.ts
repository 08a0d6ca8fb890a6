// Aim: a ticket admits one stream per channel, only of the peer that it names.
// Method: an agent expects streams, and others use its tickets wrongly.
import { describe, expect, test } from 'vitest';
import { openChannel, type Hello } from '../../../common/net/stream-channel.js';
import { TlsIdentity } from '../../../common/pki/tls-identity.js';
import { failureOf } from '../../support/failures.js';
import { agent, goesOn, me, of, ticket, undo } from './agent.js';
import { logged } from './attack.js';

describe('stream: a ticket', () => {
  const open = (as: string, hello: Hello) =>
    openChannel(agent.streamAddress, me, new TlsIdentity(of(as)), hello);
  const good = { ticket, channel: 'fs' } as const;
  const opened = async (as: string, hello: Hello) => {
    const socket = await open(as, hello);
    undo.push(() => void socket.destroy());
  };

  // A different name each time, because equal refusals within a minute are one line.
  test.each<[string, string, (as: string) => Promise<unknown>, RegExp]>([
    ['of another peer', 'two', () => open('three', good), /this ticket is for another peer/],
    [
      'that nobody gave',
      'three',
      (as) => open(as, { ...good, ticket: 'cd'.repeat(32) }),
      /is not valid here/,
    ],
    [
      'a second time for a channel',
      'four',
      async (as) => {
        await opened(as, good);
        return open(as, good);
      },
      /is not valid here, or was used/,
    ],
    [
      'after all of its channels have come',
      'five',
      async (as) => {
        for (const channel of ['fs', 'control'] as const) await opened(as, { ticket, channel });
        return open(as, good);
      },
      /is not valid here, or was used/,
    ],
  ])('%s', async (name, as, play, reason) => {
    const over = new AbortController();
    undo.push(() => over.abort(new Error('over')));
    const options = { timeoutMs: 20_000, signal: over.signal };
    agent.listener
      .expect(ticket, { role: 'agent', name: as }, ['control', 'fs'], options)
      .catch(() => undefined);
    expect(await failureOf(() => play(as))).toMatch(/^permission_denied: .*refuses the stream/);
    const who = name === 'of another peer' ? 'three' : as;
    await logged({ msg: 'stream refused', who: `copa://agent/${who}`, reason });
    await goesOn();
  });
});
