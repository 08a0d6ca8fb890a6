// Aim: only the right peer is accepted, and a renewed certificate is used.
// Method: doubles of agents with certificates of several CAs.
import { ServerCredentials } from '@grpc/grpc-js';
import { describe, expect, test, vi } from 'vitest';
import { AgentClient } from '../../../controller/hosts/client.js';
import { CertificateAuthority } from '../../../controller/pki/certificate-authority.js';
import { TlsIdentity } from '../../../common/pki/tls-identity.js';
import type { Answers } from '../../support/agents.js';
import { failureOf } from '../../support/failures.js';
import { soon, authority, controller, undo, serve, connect } from './agent.js';

describe('identities', () => {
  /** The peer does not change while a call waits for it. */
  const shortly = 700;
  const names: Answers = { ListContainers: () => ({ names: [] }) };

  test('another pool is not accepted', async () => {
    const double = await serve(names, { as: await authority.issue({ role: 'agent', name: 'b' }) });
    const failure = await failureOf(() =>
      connect(double.address, controller, shortly).call('ListContainers', {}, soon),
    );
    expect(failure).toBe(
      `unavailable: pool "a" at ${double.address} does not answer: copa://agent/b answers there, not copa://agent/a`,
    );
    expect(double.calls).toEqual([]);
  });

  test('a controller is not accepted as an agent', async () => {
    const double = await serve(names, { as: await authority.issue({ role: 'controller', name: 'a' }) });
    const failure = await failureOf(() =>
      connect(double.address, controller, shortly).call('ListContainers', {}, soon),
    );
    expect(failure).toContain('copa://controller/a answers there, not copa://agent/a');
  });

  test('an agent of another CA is not accepted', async () => {
    const { authority: other } = await CertificateAuthority.create('other');
    const double = await serve(names, { as: await other.issue({ role: 'agent', name: 'a' }) });
    const failure = await failureOf(() =>
      connect(double.address, controller, shortly).call('ListContainers', {}, soon),
    );
    expect(failure).toMatch(/^unavailable: pool "a" at .* does not answer: .*certificate/);
    expect(double.calls).toEqual([]);
  });

  test('a controller of another CA is refused, with the reason', async () => {
    const { authority: other } = await CertificateAuthority.create('other');
    const foreign = { ...(await other.issue({ role: 'controller', name: 'c' })), ca: controller.ca };
    const double = await serve(names);
    const failure = await failureOf(() =>
      connect(double.address, foreign, shortly).call('ListContainers', {}, soon),
    );
    expect(failure).toMatch(/^unavailable: pool "a" at /);
    expect(double.calls).toEqual([]);
  });

  test('an agent without TLS is not accepted', async () => {
    const { Server } = await import('@grpc/grpc-js');
    const server = new Server();
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
        if (error) reject(error);
        else resolve(bound);
      }),
    );
    undo.push(() => server.forceShutdown());
    const failure = await failureOf(() =>
      connect(`127.0.0.1:${port}`, controller, shortly).call('ListContainers', {}, soon),
    );
    expect(failure).toMatch(/^unavailable: pool "a" at .* does not answer/);
  });
});

describe('our own certificate', () => {
  test('that was renewed is the one of the next connection', async () => {
    const tlsIdentity = new TlsIdentity(controller);
    const double = await serve({ ListContainers: () => ({ names: ['c1'] }) });
    const host = new AgentClient({ pool: 'a', address: double.address, pools: 1 }, tlsIdentity);
    undo.push(() => host.close());
    await host.call('ListContainers', {}, soon);
    const { authority: other } = await CertificateAuthority.create('other');
    const foreign = await other.issue({ role: 'controller', name: 'c' });
    tlsIdentity.change({ credentials: foreign, revoked: [] });
    // The existing connection continues.
    expect(await host.call('ListContainers', {}, soon)).toEqual({ names: ['c1'] });
    double.kill();
    await serve(
      { ListContainers: () => ({ names: ['c2'] }) },
      { as: await other.issue({ role: 'agent', name: 'a' }), port: double.port },
    );
    await vi.waitFor(async () =>
      expect(await host.call('ListContainers', {}, soon)).toEqual({ names: ['c2'] }),
    );
  });
});
