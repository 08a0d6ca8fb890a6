// Aim: a controller that was taken over gets nothing by odd names, and neither side takes endless messages.
// Method: calls to a real agent. After each a normal call has to succeed.
import { Client, credentials } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { TlsIdentity } from '../../../common/pki/tls-identity.js';
import { AgentClient } from '../../../controller/hosts/client.js';
import { agentService, frameBytesMax, replyBytesMax, requestBytesMax } from '../../../proto/loader.js';
import { AgentDouble } from '../../support/agent-double.js';
import { failureOf } from '../../support/failures.js';
import { agent, call, goesOn, of, undo } from './agent.js';
import { logged } from './attack.js';

test.each([
  ['StartContainer', { container: '../../etc' }, /^StartContainer: container ".*etc" is not valid/],
  ['CreateSnapshot', { container: 'c', snapshot: '..' }, /^CreateSnapshot: snapshot/],
  ['ProbeStream', { address: 'localhost:22', pool: 'two' }, /^ProbeStream: address/],
  ['UpdateTrust', { trust: { ca: 'x', revoked: [] } }, /^UpdateTrust: trust/],
] as const)(
  'gRPC: names and bodies of a controller that was taken over: %s',
  async (method, request, reason) => {
    const asked = call(of('controller')).call(method, request as object, { deadlineMs: 5000 });
    expect(await failureOf(() => asked)).toMatch(/^invalid_argument/);
    expect(agent.fake.requests.filter(({ path }) => path !== '/1.0')).toEqual([]);
    await logged({ msg: 'call refused', who: 'copa://controller/c', reason });
    await goesOn();
  },
);

test('gRPC: messages that are too long, either way', async () => {
  const { ca, cert, key } = of('controller');
  const bytes = [ca, key, cert].map((pem) => Buffer.from(pem)) as [Buffer, Buffer, Buffer];
  const tls = credentials.createSsl(...bytes, { checkServerIdentity: () => undefined });
  const careless = new Client(agent.address, tls, {
    'grpc.max_send_message_length': -1,
    'grpc.ssl_target_name_override': 'copa-agent',
  });
  undo.push(() => careless.close());
  const { path, requestSerialize, responseDeserialize } = agentService.StartContainer;
  const refused = await new Promise<string>((resolve) => {
    const request = { container: 'x'.repeat(requestBytesMax + frameBytesMax + 1) };
    careless.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error) =>
      resolve(error?.message ?? 'taken'),
    );
  });
  expect(refused).toMatch(/^8 RESOURCE_EXHAUSTED: .*larger than max/);
  await goesOn();

  let names = ['x'.repeat(replyBytesMax + 1)];
  const liar = await AgentDouble.start(of('one'), { ListContainers: () => ({ names }) });
  undo.push(() => liar.kill());
  const host = new AgentClient(
    { pool: 'one', address: liar.address, pools: 1 },
    new TlsIdentity(of('controller')),
  );
  undo.push(() => host.close());
  const ask = () => host.call('ListContainers', {}, { deadlineMs: 20_000 });
  expect(await failureOf(ask)).toMatch(/^resource_exhausted: .*ListContainers/);
  names = ['c1'];
  expect(await ask()).toEqual({ names: ['c1'] });
}, 30_000);
