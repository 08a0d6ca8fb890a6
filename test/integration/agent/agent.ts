/** A real agent over a fake daemon, called by a controller with real TLS. */
import { afterEach, beforeAll } from 'vitest';
import { AgentClient } from '../../../controller/hosts/client.js';
import { CertificateAuthority } from '../../../controller/pki/certificate-authority.js';
import type { Credentials } from '../../../common/pki/identity.js';
import { TlsIdentity } from '../../../common/pki/tls-identity.js';
import { startAgent as start } from '../../support/fakes/agent.js';
import { type Answering } from '../../support/fakes/lxd.js';

export const soon = { deadlineMs: 5_000 };
export const ticket = 'ab'.repeat(32);
export const id = '0123456789abcdef';
export const command = { migrationId: id, fence: 7, container: 'c1' };
export const undo: (() => Promise<void> | void)[] = [];

export let authority: CertificateAuthority;
export let controller: Credentials;
export const agents: Record<string, Credentials> = {};

beforeAll(async () => {
  ({ authority } = await CertificateAuthority.create('ours'));
  controller = await authority.issue({ role: 'controller', name: 'c' });
  for (const name of ['one', 'two', 'three']) agents[name] = await authority.issue({ role: 'agent', name });
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

export const server = {
  api_extensions: [],
  environment: { server: 'lxd', server_version: '0', architectures: ['x86_64'] },
};
export const instance = (config: Record<string, string> = {}, status = 'Running') => ({
  name: 'c1',
  type: 'container',
  status,
  architecture: 'x86_64',
  description: '',
  ephemeral: false,
  profiles: [],
  config,
  devices: {},
  expanded_devices: {},
});
export const held = (fence: number) => ({
  'user.copa.migration': id,
  'user.copa.role': 'source',
  'user.copa.fence': String(fence),
});

export const failedOperation = (err: string) => ({
  id: '5',
  status: 'Failure',
  err,
  description: 'Stopping',
});

export async function startAgent(name: string, answer: Answering) {
  const agent = await start(agents[name] as Credentials, answer);
  undo.push(() => agent.stop());
  return agent;
}

export function callAs(credentials: Credentials, agent: { address: string }, pool = 'one'): AgentClient {
  const host = new AgentClient({ pool, address: agent.address, pools: 1 }, new TlsIdentity(credentials));
  undo.push(() => host.close());
  return host;
}
