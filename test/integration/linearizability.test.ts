// Aim: what several controllers of one etcd answer about pools, tokens and migrations could all have come from one, also
// while one of them dies and etcd hangs; and a revoked token ends everywhere. Method: clients that change and read at
// both at once; a checker that looks for an order of all their requests (test/linearizability).
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Connection, type CopaError } from '../../client/index.js';
import { waitFor } from '../../deploy/lab/processes.js';
import {
  contradictionsByKey,
  describeContradiction,
  type Model,
  type Operation,
} from '../linearizability/checker.js';
import {
  migrationModel,
  recordModel,
  type MigrationInput,
  type MigrationOutput,
  type RecordInput,
  type RecordOutput,
} from '../linearizability/models.js';
import { Recorder } from '../linearizability/recorder.js';
import { Random } from '../chaos/random.js';
import { failureOf } from '../support/failures.js';
import { Cluster } from '../support/cluster.js';
import { etcdObstacle, startEtcd } from '../support/etcd.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const names = ['a', 'b', 'c'];

/** As the application answers; anything else is no part of the model. */
const recordRefusals = (code: string): RecordOutput | undefined =>
  code === 'already_exists' || code === 'not_found' ? code : undefined;

describe.skipIf(etcdObstacle !== undefined)('controllers of one etcd', () => {
  let etcd: Awaited<ReturnType<typeof startEtcd>>;
  let [first, second]: Cluster[] = [];
  /** From the first controller to etcd, and from its clients to it. */
  let wires: TcpProxy[] = [];
  const pools = new Recorder<RecordInput, RecordOutput>();
  const tokens = new Recorder<RecordInput, RecordOutput>();
  const migrations = new Recorder<MigrationInput, MigrationOutput>();

  beforeAll(async () => {
    etcd = await startEtcd();
    const toEtcd = await TcpProxy.start(etcd.port);
    first = await Cluster.start({ ...etcd.endpoints, urls: [`https://127.0.0.1:${toEtcd.port}`] });
    second = await Cluster.start(etcd.endpoints, {}, first);
    wires = [toEtcd, await TcpProxy.start(first.controller.port)];
  });
  afterAll(async () => {
    for (const wire of wires) wire.stop();
    await first?.stop();
    await second?.stop();
    await etcd.stop();
  });

  /** One request of a client, chosen at random. */
  const act = async (client: string, copa: Connection, random: Random, unique: string) => {
    const key = random.pick(names);
    const [name, does] = [`x${key}`, random.pick(['create', 'delete', 'read', 'read'] as const)];
    const isPool = random.next() < 0.5;
    const recorder = isPool ? pools : tokens;
    if (does === 'read') {
      const inputs = names.map((each): RecordInput => ({ key: each, do: 'read' }));
      await recorder.run(client, inputs, () => (isPool ? poolsAt(copa) : tokensAt(copa)), {
        of: (seen, input) => ({ seen: seen.get(`x${input.key}`) ?? null }),
      });
      return;
    }
    const input: RecordInput = does === 'create' ? { key, do: does, value: unique } : { key, do: does };
    const change = () => {
      if (isPool && does === 'create') return copa.pool('add', { container_pool: name, ip: unique });
      if (isPool) return copa.pool('remove', { container_pool: name });
      if (does === 'create') return copa.token('create_api', { name, role: 'viewer', pools: `p${unique}` });
      return copa.token('revoke', { name });
    };
    await recorder.run<unknown>(client, [input], change, { of: () => 'done', refused: recordRefusals });
  };

  const moreChanges = (count: number) => {
    const counts = () => [pools, tokens].map(({ history }) => history.filter(isDone).length);
    const before = counts();
    return waitFor('more changes', () => counts().every((now, index) => now >= (before[index] ?? 0) + count));
  };

  test('each knows the migrations of the other at once', async () => {
    const copas = [first, second].map((each) =>
      connect({ address: `http://127.0.0.1:${each?.controller.port}` }),
    );
    const answers = { CheckDestination: () => ({}) as never, ProbeStream: () => ({}) };
    const containers = ['w0', 'w1', 'w2', 'w3', 'w4', 'w5'];
    for (const name of ['server1', 'server2']) {
      const host = await first?.addHost(name, {}, answers);
      if (name === 'server1') for (const each of containers) host?.containers.set(each, 'Stopped');
    }
    for (const [round, container_name] of containers.entries()) {
      const [here, there] = round % 2 === 0 ? copas : [...copas].reverse();
      if (!here || !there) throw new Error('there are two');
      const order = { container_pool: 'server1', container_name, destination_pool: 'server2' };
      const id = await migrations.run<string>(
        'begins',
        (made) => [{ key: made, do: 'begin' }],
        () => here.beginMigration(order),
        { of: () => ({ state: 'running' }) },
      );
      const key = id ?? '';
      await migrations.run('reads', [{ key, do: 'read' }], () => there.migration(key), {
        of: ({ state }) => ({ state }),
        refused: (code) => (code === 'not_found' ? code : undefined),
      });
      expect((await here.migrations({ limit: 1 })).migrations.map((each) => each.id)).toEqual([id]);
    }
    expect(problems(migrationModel, migrations.history)).toEqual([]);
  });

  test('a token that one revokes is valid at none, and a stream that it opened ends', async () => {
    const [admin] = [first, second].map((each) =>
      connect({ address: `http://127.0.0.1:${each?.controller.port}` }),
    );
    const { token = '' } = (await admin?.token('create_api', { name: 'gone', role: 'viewer' })) ?? {};
    const guest = connect({ address: `http://127.0.0.1:${second?.controller.port}`, token });
    await waitFor('the token to be known', () => guest.pools().then(Boolean, () => false));
    const ends: string[] = [];
    const reading = (async () => {
      for await (const items of guest.eventStream())
        for (const { event } of items) if (event?.type === 'bye') ends.push(event.reason);
    })();
    await admin?.token('revoke', { name: 'gone' });
    const codeNow = () =>
      guest.pools().then(
        () => 'valid',
        (error: unknown) => (error as CopaError).code,
      );
    await waitFor('the token to end', async () => (await codeNow()) === 'unauthenticated');
    await reading;
    expect(ends).toEqual(['the token is no longer valid']);
  });

  test('a token ends within a second also at one that is cut off, with what is open for it', async () => {
    const admin = connect({ address: `http://127.0.0.1:${second?.controller.port}` });
    const { token } = await admin.token('create_api', { name: 'cut', role: 'viewer' });
    const guest = connect({ address: `http://127.0.0.1:${first?.controller.port}`, token });
    await waitFor('the token to be known', () => guest.pools().then(Boolean, () => false));
    const ends: string[] = [];
    let isOpen = false;
    const reading = (async () => {
      for await (const items of guest.eventStream()) {
        isOpen = true;
        for (const { event } of items) if (event?.type === 'bye') ends.push(event.reason);
      }
    })();
    await waitFor('the stream to open', () => isOpen);
    // It stays open for longer than a confirmation lasts.
    await pause(1_500);
    expect(ends).toEqual([]);
    wires[0]?.refuse();
    const cutAtMs = performance.now();
    await admin.token('revoke', { name: 'cut' });
    await reading;
    const endedAfterMs = performance.now() - cutAtMs;
    wires[0]?.heal();
    expect(ends).toEqual(['etcd does not answer this controller, so nobody can confirm the token']);
    console.log(`the stream ended ${Math.round(endedAfterMs)} ms after the cut`);
    expect(endedAfterMs).toBeLessThan(2_000);
    await waitFor('the first to be back', () =>
      failureOf(() => guest.pools()).then((text) => text.startsWith('unauthenticated')),
    );
  });

  test('their answers are linearizable, while etcd hangs and one of them dies', async () => {
    const addresses = [`http://127.0.0.1:${wires[1]?.port}`, `http://127.0.0.1:${second?.controller.port}`];
    let isOver = false;
    const clients = [0, 1, 2, 3, 4, 5].map(async (number) => {
      const copa = connect({ address: addresses[number % 2] ?? '' });
      const random = new Random(number + 1);
      for (let count = 0; !isOver; count++) {
        await act(`c${number}`, copa, random, `127.${number + 1}.${count >> 8}.${count & 255}`);
        await pause(random.between(0, 15));
      }
    });
    const pid = etcd.pid() ?? 0;
    await moreChanges(12);
    process.kill(pid, 'SIGSTOP');
    // Longer than one attempt of a controller.
    await pause(3_500);
    process.kill(pid, 'SIGCONT');
    await moreChanges(10);
    // As a killed process: from one moment on, nothing comes from it to anyone.
    for (const wire of wires) wire.refuse();
    await moreChanges(10);
    isOver = true;
    await Promise.all(clients);
    expect(problems(recordModel, pools.history)).toEqual([]);
    expect(problems(recordModel, tokens.history)).toEqual([]);
  });
});

async function poolsAt(copa: Connection): Promise<Map<string, string>> {
  return new Map((await copa.pools()).pools.map(([name = '', address = '']) => [name, address]));
}

async function tokensAt(copa: Connection): Promise<Map<string, string>> {
  return new Map((await copa.tokens()).tokens.map(({ name, pools }) => [name, (pools?.[0] ?? '').slice(1)]));
}

const isDone = ({ output }: { readonly output: unknown }) => output === 'done';

function problems<Input extends { readonly key: string }, Output>(
  model: Model<never, Input, Output> | Model<string | null, Input, Output> | Model<string, Input, Output>,
  history: readonly Operation<Input, Output>[],
): string[] {
  const found = contradictionsByKey(model as Model<unknown, Input, Output>, history, ({ key }) => key);
  return [...found].map(([key, contradiction]) => `${key}: ${describeContradiction(contradiction)}`);
}
