/** A real agent that is attacked, and certificates of many peers, good and bad ones. */
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { openChannel } from '../../../common/net/stream-channel.js';
import type { Credentials, Identity } from '../../../common/pki/identity.js';
import { TlsIdentity } from '../../../common/pki/tls-identity.js';
import { AgentClient } from '../../../controller/hosts/client.js';
import { CertificateAuthority } from '../../../controller/pki/certificate-authority.js';
import { emptyDaemon, startAgent, type RunningAgent } from '../../support/fakes/agent.js';
import { log } from './attack.js';

export const ticket = 'ab'.repeat(32);
export const me = { role: 'agent', name: 'one' } as const;

const certificates: Record<string, Credentials> = {};
export const of = (name: string) => certificates[name] as Credentials;

/** What a test started. It is undone after the test, the newest first. */
export const undo: (() => Promise<void> | void)[] = [];
export let agent: RunningAgent;

async function issueCertificates(): Promise<void> {
  const { authority: ours } = await CertificateAuthority.create('ours');
  const { authority: theirs } = await CertificateAuthority.create('theirs');
  const issue = async (key: string, identity: Identity, by = ours, lifetimeMs?: number) => {
    const validity =
      lifetimeMs === undefined ? {} : { issuedAtMs: Date.now() + lifetimeMs - 1000, lifetimeMs: 1 };
    certificates[key] = { ...(await by.issue(identity, validity)), ca: ours.certificate };
  };
  await issue('controller', { role: 'controller', name: 'c' });
  for (const name of ['one', 'two', 'three', 'four', 'five', 'gone'])
    await issue(name, { role: 'agent', name });
  await issue('foreign controller', { role: 'controller', name: 'c' }, theirs);
  await issue('foreign two', { role: 'agent', name: 'two' }, theirs);
  await issue('expired controller', { role: 'controller', name: 'c' }, ours, -1000);
  await issue('expired two', { role: 'agent', name: 'two' }, ours, -1000);
  certificates['web server'] = await ours.sign({
    commonName: 'x',
    names: [{ type: 'dns', value: 'copa.example.org' }],
  });
}

beforeAll(async () => {
  await issueCertificates();
  agent = await startAgent(of('one'), emptyDaemon, log);
  const revoked = [{ pool: 'gone', issuedUntilMs: Date.now() + 60_000 }];
  agent.tlsIdentity.change({ credentials: agent.tlsIdentity.credentials, revoked });
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});
afterAll(() => agent.stop());

/** A caller of the agent with these credentials. */
export const call = (as: Credentials, connectMs?: number) => {
  const host = new AgentClient(
    { pool: 'one', address: agent.address, pools: 1 },
    new TlsIdentity(as),
    connectMs,
  );
  undo.push(() => host.close());
  return host;
};

/** Expects that the agent still serves the controller and other agents. */
export const goesOn = async () => {
  expect(await call(of('controller')).call('DescribeHost', {}, { deadlineMs: 5000 })).toMatchObject({
    pool: 'one',
  });
  const probe = { ticket: '', channel: 'probe' } as const;
  (await openChannel(agent.streamAddress, me, new TlsIdentity(of('two')), probe)).destroy();
};
