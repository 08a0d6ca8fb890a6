/** A client of a double of the agent, over real gRPC with real mutual TLS. */
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeAll } from 'vitest';
import { AgentClient } from '../../../controller/hosts/client.js';
import { CertificateAuthority } from '../../../controller/pki/certificate-authority.js';
import type { Credentials } from '../../../common/pki/identity.js';
import { TlsIdentity } from '../../../common/pki/tls-identity.js';
import type { Answers } from '../../support/agents.js';
import { AgentDouble, type Streams } from '../../support/agent-double.js';

export const soon = { deadlineMs: 5000 };
export const command = { command: { migrationId: '00ff', fence: 1, container: 'c1' }, transferId: 't' };

export let authority: CertificateAuthority;
export let controller: Credentials;
export let agent: Credentials;
export const undo: (() => void)[] = [];

beforeAll(async () => {
  ({ authority } = await CertificateAuthority.create('test'));
  controller = await authority.issue({ role: 'controller', name: 'c' });
  agent = await authority.issue({ role: 'agent', name: 'a' });
});
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

export async function serve(
  answers: Answers,
  options: { as?: Credentials; port?: number; streams?: Streams; multiplexes?: boolean } = {},
) {
  const double = await AgentDouble.start(options.as ?? agent, answers, options);
  undo.push(() => double.kill());
  return double;
}

export function connect(address: string, as = controller, connectMs?: number): AgentClient {
  const host = new AgentClient({ pool: 'a', address, pools: 1 }, new TlsIdentity(as), connectMs);
  undo.push(() => host.close());
  return host;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}
