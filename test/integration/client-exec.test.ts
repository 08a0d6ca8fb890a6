// Aim: an exec session on plain streams passes on all of its input, keeps the two outputs apart, delays nothing, and
// ends with its user. Method: the typed client on a whole controller and a real agent; the container's processes run
// on this machine.
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, CopaError, type ExecSession, type Connection } from '../../client/index.js';
import { etcdObstacle } from '../support/etcd.js';
import { startAgent, type RunningAgent } from '../support/fakes/agent.js';
import { FakeProcesses } from '../support/fakes/processes.js';
import { waitFor } from '../../deploy/lab/processes.js';
import { Cluster } from '../support/cluster.js';

describe.skipIf(etcdObstacle !== undefined)('an exec session of the client', () => {
  const processes = new FakeProcesses();
  let cluster: Cluster;
  let agent: RunningAgent;
  let copa: Connection;

  beforeAll(async () => {
    cluster = await Cluster.start();
    agent = await startAgent(await cluster.identityOf('server1'), processes.answer);
    agent.fake.onWebsocket = processes.take;
    copa = connect({ address: `http://127.0.0.1:${cluster.controller.port}` });
    await copa.pool('add', { container_pool: 'server1', ip: agent.address });
  });
  afterAll(async () => {
    await cluster.stop();
    await agent.stop();
  });

  const start = (...command: string[]): Promise<ExecSession> =>
    copa.exec({ container_pool: 'server1', container_name: 'c1', command, interactive: false });
  const allOf = async (session: ExecSession) => {
    const said = { output: '', errorOutput: '' };
    for await (const { stream, bytes } of session.output)
      said[stream] += Buffer.from(bytes).toString('latin1');
    return { ...said, code: session.exitCode };
  };

  test('takes its input to the end, and keeps its outputs apart', async () => {
    const cat = await start('sh', '-c', 'cat; echo err >&2; exit 7');
    await cat.write(Buffer.from([0x68, 0xff, 0x00, 0x0a]));
    cat.end();
    expect(await allOf(cat)).toEqual({ output: 'h\u00ff\u0000\n', errorOutput: 'err\n', code: 7 });
  });

  test('takes much of it with backpressure, and unread output is lost with its reader', async () => {
    const part = Buffer.alloc(500_000, 'abcdefghi\n');
    const count = await start('sh', '-c', 'sleep 0.3; wc -c');
    const counted = allOf(count);
    for (let sent = 0; sent < 6; sent++) await count.write(part);
    count.end();
    expect(await counted).toMatchObject({ output: '3000000\n', code: 0 });
    const head = await start('head', '-n', '1');
    const first = allOf(head);
    for (let sent = 0; sent < 6; sent++) await head.write(part);
    expect(await first).toMatchObject({ output: 'abcdefghi\n', code: 0 });
  });

  test('returns all output, and does not wait for background processes', async () => {
    const much = await allOf(await start('sh', '-c', 'head -c 3000000 /dev/zero; echo late >&2'));
    expect([much.output.length, much.errorOutput]).toEqual([3_000_000, 'late\n']);
    expect(await allOf(await start('sh', '-c', 'sleep 20 & echo left'))).toMatchObject({
      output: 'left\n',
      code: 0,
    });
  });

  test('is paused while nobody reads its output', async () => {
    const yes = await start('yes', 'much to say');
    let taken = 0;
    for await (const { bytes } of yes.output) if ((taken += bytes.length) > 100_000) break;
    yes.close();
    const child = processes.children.at(-1);
    if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    expect(child?.signalCode).toMatch(/^SIG(HUP|KILL)$/);
  });

  test('gets a hang-up when its user leaves', async () => {
    const sleep = await start('sleep', '4321');
    await waitFor('it to run', () => processes.children.at(-1)?.spawnargs.includes('4321'));
    sleep.close();
    const child = processes.children.at(-1);
    if (child?.signalCode === null) await once(child, 'exit');
    expect(child?.signalCode).toBe('SIGHUP');
    await expect(allOf(sleep)).rejects.toThrow('the connection ended before the command did');
  });

  test('is refused as any other operation is', async () => {
    const nowhere = copa.exec({ container_pool: 'none', container_name: 'c1', interactive: false });
    const told = await nowhere.then(allOf).catch((error: unknown) => error);
    expect(told).toBeInstanceOf(CopaError);
    expect((told as CopaError).message).toContain('"none"');
    const unnamed = copa.exec({ container_pool: '!', container_name: 'c1' });
    await expect(unnamed.then(allOf)).rejects.toThrow('container_pool');
    const sized = await start('cat');
    sized.resize({ width: 80, height: 24 });
    await expect(allOf(sized)).rejects.toThrow('a text message is {"end":true}');
  });
});
