// Aim: `copa scenario` sets up, follows its timeline, records and takes down what it made, also after Ctrl-C and after a
// crash, and never what somebody else made. Method: the command as a process, on a fake controller with moves, and a
// web server whose answers stop for a while.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Results } from '../../cli/scenario/results.js';
import { waitFor } from '../../deploy/lab/processes.js';
import { program } from '../../deploy/lab/lab.js';
import { FakeController } from '../support/fakes/controller.js';

describe('copa scenario', () => {
  let fake: FakeController;
  let users: Server;
  let work: string;
  let answers = true;

  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'copa-scenario-'));
    let count = 0;
    users = createServer((_request, response) => {
      if (answers) response.end(String((count += 1)));
    }).listen(0, '127.0.0.1');
    await once(users, 'listening');
  });
  afterAll(() => {
    users.close();
    users.closeAllConnections();
    rmSync(work, { recursive: true });
  });
  beforeEach(async () => {
    fake = await FakeController.up({ pools: 3, containersPerPool: 1, phaseMs: 20 });
    return () => fake.down();
  });

  function copa(...words: string[]): {
    child: ChildProcess;
    ended: Promise<{ code: number | null; out: string; err: string }>;
  } {
    const env = { ...process.env, HOME: work, COPA_ADDR: fake.url, COPA_TOKEN: '' };
    const child = spawn(process.execPath, [program(), 'scenario', ...words], { cwd: work, env });
    const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
      ([out, err, [code]]) => ({ out, err, code: code as number | null }),
    );
    return { child, ended };
  }

  const own = () =>
    [...fake.world.pools.values()].flatMap(({ containers }) =>
      containers.filter(({ labels }) => labels['scenario'] !== undefined).map(({ name }) => name),
    );

  function scenario(name: string, duration: string): string {
    const file = join(work, `${name}.yaml`);
    const url = `http://127.0.0.1:${(users.address() as AddressInfo).port}/`;
    writeFileSync(
      file,
      `name: ${name}
duration: ${duration}
hosts: {a: aurora, b: basalt}
containers:
  mine: {host: a, image: debian/12, files: {/tmp/it's: "hello"}, commands: [touch /ready]}
policies:
  - {name: trial, when: {link: throughput, above: 10}, to: host.b}
timeline:
  - {at: 100ms, move: {container: mine, to: b}}
  - {at: 200ms, evacuate: a}
probes:
  - {name: page, counter: "${url}", every: 10ms, timeout: 300ms}
`,
    );
    return file;
  }

  test('runs, records, and takes down; two runs are compared', async () => {
    const file = scenario('trial', '1500ms');
    const running = copa('run', file);
    await waitFor('the policy', () => fake.world.applied.has('trial'));
    expect(JSON.parse(fake.world.applied.get('trial') ?? '')).toMatchObject({ to: 'basalt' });
    await waitFor('the move', () => fake.world.migrations.size > 0);
    answers = false;
    await new Promise((resolve) => setTimeout(resolve, 400));
    answers = true;
    const { code, out, err } = await running.ended;
    expect(err).toContain('The results are in trial-1.');
    // The fake controller has no evacuations: an action that fails fails the command, and all else goes on.
    expect(code).toBe(1);
    expect(out).toMatch(/move mine +aurora to basalt: done, down 2410 ms/);
    expect(fake.world.commands.map((words) => words.at(-1))).toEqual([
      `mkdir -p "$(dirname '/tmp/it'\\''s')" && echo aGVsbG8= | base64 -d > '/tmp/it'\\''s'`,
      'touch /ready',
    ]);
    const results = JSON.parse(readFileSync(join(work, 'trial-1/results.json'), 'utf8')) as Results;
    expect(results).toMatchObject({ outcome: 'complete', seed: 1, hosts: { a: 'aurora', b: 'basalt' } });
    expect(results.probes['page']?.longestGapMs).toBeGreaterThan(300);
    expect(results.probes['page']?.stepsBack).toBe(0);
    expect(results.moves).toMatchObject([{ container: 'mine', state: 'done', destination: 'basalt' }]);
    expect(readFileSync(join(work, 'trial-1/plot.svg'), 'utf8')).toContain('mine: aurora to basalt');
    expect(readFileSync(join(work, 'trial-1/moves.csv'), 'utf8')).toContain('mine,aurora,basalt,done');
    expect([own(), [...fake.world.applied]]).toEqual([[], []]);

    await copa('run', file).ended;
    const compared = await copa('compare', 'trial-1', 'trial-2').ended;
    expect(compared.err).not.toContain('Not the same experiment');
    expect(compared.out).toMatch(/move 1, mine: aurora to basalt: downtime, ms +2410 +2410 +0 %/);
  }, 60_000);

  test('Ctrl-C ends it early, takes down, and writes the results', async () => {
    const { child, ended } = copa('run', scenario('long', '10m'), '--out', 'interrupted');
    await waitFor('the move', () => fake.world.migrations.size > 0);
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect([own(), [...fake.world.applied]]).toEqual([[], []]);
    const results = JSON.parse(readFileSync(join(work, 'interrupted/results.json'), 'utf8')) as Results;
    expect(results.outcome).toBe('interrupted');
  }, 60_000);

  test('after a crash, its undo log takes down what it made, and nothing else', async () => {
    const others = () =>
      [...fake.world.pools.values()].flatMap(({ containers }) => containers).length - own().length;
    const before = others();
    const { child, ended } = copa('run', scenario('crash', '10m'), '--out', 'crashed');
    await waitFor('the move', () => fake.world.migrations.size > 0);
    child.kill('SIGKILL');
    await ended;
    expect([own(), [...fake.world.applied.keys()]]).toEqual([['mine'], ['trial']]);
    expect(existsSync(join(work, 'crashed/results.json'))).toBe(false);
    expect((await copa('clean', 'crashed').ended).err).toContain('Nothing of the run is left.');
    expect([own(), [...fake.world.applied], others()]).toEqual([[], [], before]);
    expect((await copa('clean', join('crashed', 'undo.jsonl')).ended).code).toBe(0);
    expect((await copa('run', join(work, 'crash.yaml'), '--out', 'crashed').ended).err).toContain(
      'has the results of a run already',
    );
  }, 60_000);
});
