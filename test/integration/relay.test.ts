// Aim: a relay that does not come about leaves nothing open at either agent. Method: two real stream ports, of which one
// refuses a channel.
import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { StreamListener } from '../../agent/transport/listener.js';
import { TlsIdentity } from '../../common/pki/tls-identity.js';
import { Relay } from '../../controller/migration/relay.js';
import { CertificateAuthority } from '../../controller/pki/certificate-authority.js';
import { failureOf } from '../support/failures.js';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

test('the half of a channel that came is closed when the other half did not come', async () => {
  const { authority } = await CertificateAuthority.create('test');
  const identityOf = async (role: 'agent' | 'controller', name: string) =>
    new TlsIdentity({ ...(await authority.issue({ role, name })), ca: authority.certificate });
  const log = pino({ level: 'silent' });
  const listen = async (name: string) => {
    const listener = new StreamListener(await identityOf('agent', name), log);
    undo.push(() => listener.close());
    const end = { pool: name, address: `127.0.0.1:${await listener.listen('127.0.0.1', 0)}` };
    return { listener, end };
  };
  const [one, two] = [await listen('one'), await listen('two')];
  const ticket = 'ab'.repeat(32);
  const options = { timeoutMs: 10_000, signal: new AbortController().signal };
  const arrived = one.listener.expect(ticket, 'controller', ['control', 'fs'], options);
  // The other agent does not know the ticket.
  const relay = new Relay(await identityOf('controller', 'c'));
  expect(await failureOf(() => relay.join(ticket, ['control', 'fs'], one.end, two.end))).toMatch(
    /^permission_denied/,
  );
  const sockets = [...(await arrived).values()];
  expect(sockets).toHaveLength(2);
  for (const socket of sockets) socket.on('error', () => undefined).resume();
  await vi.waitFor(() => expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true]), 5000);
});
