// Aim: every command of `copa` does on real hosts what its help describes; output into a pipe has no colour and no
// progress; exit codes are meaningful; and monitoring shows the same state. Method: the built program, as a user
// starts it, on a lab of two hosts.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandNames } from '../../cli/commands.js';
import { promtool, promtoolObstacle } from '../support/fakes/promtool.js';
import { Cluster } from '../../deploy/lab/cluster.js';
import { Lab, program } from '../../deploy/lab/lab.js';
import { waitFor } from '../../deploy/lab/processes.js';

const obstacle = await Lab.obstacle();
if (obstacle !== undefined)
  console.warn(`\n*** NOT TESTED, the command line on real hosts: ${obstacle} ***\n`);

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

describe.skipIf(obstacle !== undefined)('copa', { timeout: 120_000 }, () => {
  let cluster: Cluster;
  let home: string;
  const used = new Set<string>();

  const start = (words: readonly string[], env: Record<string, string> = {}): ChildProcess => {
    used.add(words[0] ?? '');
    return spawn(process.execPath, [program(), ...words], {
      env: { PATH: process.env['PATH'], HOME: home, COPA_ADDR: `http://127.0.0.1:${cluster.port}`, ...env },
    });
  };
  const copa = async (words: string, { input = '', env = {} } = {}): Promise<Ran> => {
    const child = start(words.split(' '), env);
    let [out, err] = ['', ''];
    child.stdout?.on('data', (part) => (out += String(part)));
    child.stderr?.on('data', (part) => (err += String(part)));
    child.stdin?.end(input);
    const [code] = (await once(child, 'close')) as [number | null];
    // eslint-disable-next-line no-control-regex -- The output must have no escape sequences.
    expect(out + err).not.toMatch(/\u001b|\r/);
    return { code, out, err };
  };
  /** Standard output of a command that must succeed. */
  const must = async (words: string): Promise<string> => {
    const { code, out, err } = await copa(words);
    expect(code, `copa ${words}: ${err}`).toBe(0);
    return out;
  };
  const json = async (words: string): Promise<unknown> => JSON.parse(await must(`${words} --format json`));
  const [one, two] = ['server1', 'server2'];

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'copa-cli-'));
    cluster = await Cluster.up({ hosts: 2, register: false });
  }, 180_000);
  afterAll(async () => {
    rmSync(home, { recursive: true, force: true });
    await cluster.down();
  }, 60_000);

  test('pool: adds, lists, shows, and rejects invalid requests', async () => {
    for (const { name, address } of cluster.hosts) await must(`pool add ${name} ${address}`);
    expect(await copa(`pool add ${one} 10.1.1.1`)).toMatchObject({ code: 4 });
    expect(await copa('pool add x nonsense')).toMatchObject({ code: 2 });
    await must('pool add spare 10.1.1.1');
    await must('pool remove spare');
    expect(await copa('pool remove spare')).toMatchObject({ code: 3 });
    await waitFor('both pools to be up', async () =>
      /^server1 .* up .*\nserver2 .* up /m.test(await must('pool list')),
    );
    expect(await must('pool list --format csv')).toMatch(/^server1,[0-9.]+,up,lxd .*,0,0,\n/);
    expect(await must(`pool info ${one}`)).toMatch(/^Name: +server1$/m);
  });

  test('images, create, start, list, info', async () => {
    expect(await must('images')).toMatch(/^tiny +[0-9a-f]{64}$/m);
    expect(await must('image list')).toMatch(/^tiny .* server1, server2 /m);
    expect((await copa(`image copy tiny ${one}: ${two}:`)).err).toMatch(/ was on server2 already/);
    await must(`create tiny ${one}:web --memory 128MiB --start`);
    await must(`create tiny db --pool ${two}`);
    await must('start db');
    await waitFor('both containers to run', async () => {
      const rows = (await must('list --format csv'))
        .split('\n')
        .map((row) => row.split(',').slice(0, 3).join());
      return rows.includes('db,server2,Running') && rows.includes('web,server1,Running');
    });
    expect(await must(`list ${one}`)).toMatch(/^NAME.*\nweb +server1 +Running/);
    expect(await json('info web')).toMatchObject({ name: 'web', pool: one, memory_limit: '128MiB' });
    expect(await must('info web')).toMatch(/^Pool: +server1$/m);
    expect(await copa('create tiny nowhere')).toMatchObject({
      code: 2,
      err: expect.stringContaining(one) as string,
    });
    expect(await copa('start web')).toMatchObject({ code: 4, out: '' });
    expect(await copa('start nobody')).toMatchObject({ code: 3 });
  });

  test('limits, freeze, unfreeze, restart, several at once', async () => {
    await must('limits web --memory 64MiB');
    await waitFor('the limit to be seen', async () => (await must('info web')).includes('64MiB'));
    await must('freeze web db');
    await must('unfreeze web db');
    await must('restart web --timeout 20');
    const partly = await copa('freeze nobody web');
    expect(partly).toMatchObject({ code: 3, err: expect.stringContaining('nobody') as string });
    await must('unfreeze web');
  });

  test('snapshot: takes, lists, restores, deletes', async () => {
    await must('snapshot create web first');
    expect((await copa(`snapshot create ${one}: all --all`)).err).toMatch(
      /^1 of 1 containers have a snapshot/m,
    );
    await must('snapshot delete web all');
    expect(await must('snapshot list web')).toMatch(/^first +20/m);
    await must('snapshot restore web first');
    await must('snapshot delete web first');
    expect(await json('snapshot list web')).toEqual([]);
    expect(await copa('snapshot delete web first')).toMatchObject({ code: 3 });
  });

  test('network: what is not there', async () => {
    expect(await must('network list')).toBe('NAME  SUBNET  POOLS  READY  CONTAINERS  STATE\n');
    expect(await copa('network info lan')).toMatchObject({ code: 3 });
    expect(await copa('network create LAN')).toMatchObject({ code: 2 });
    expect(await must('ports')).toBe('PORT  CONTAINER  TO  POOLS  READY  PROBLEM\n');
    expect((await copa('publish web 80')).err).toContain('not on a network over several hosts');
    expect(await copa('unpublish web')).toMatchObject({ code: 3 });
  });

  test('label, place, and a pool that takes nothing new', async () => {
    await must(`pool label ${one} rack=a group=blue`);
    await must('label web app=shop');
    await waitFor('the labels to be seen', async () => (await must('list -l app=shop')).includes('web'));
    const labels = await json('list -l app=shop --format json');
    expect(labels).toMatchObject([{ name: 'web', labels: { app: 'shop' } }]);
    await waitFor('the pool to report what is free', async () =>
      (await copa('place @blue')).out.includes(one),
    );
    expect(await must('place --apart app=shop --explain')).toMatch(
      /^POOL.*\nserver2 .*\nserver1 +it has containers of app=shop\n$/,
    );
    await must(`pool cordon ${one}`);
    await waitFor('it to be known', async () => (await must(`pool info ${one}`)).includes('cordoned'));
    const closed = { code: 4, err: expect.stringContaining('takes no new containers') as string };
    expect(await copa(`create tiny ${one}:late`)).toMatchObject(closed);
    expect(await copa(`move db ${one}`)).toMatchObject(closed);
    expect((await copa('place @blue --explain')).out).toMatch(/server1 +it is cordoned/);
    await must(`pool uncordon ${one}`);
    const plan = await json(`pool evacuate ${one} --action skip --dry-run --format json`);
    expect(plan).toMatchObject({ container_pool: one, possible: true });
    expect(await must(`pool evacuate ${one} --action skip --yes`)).toContain(
      'is evacuated: 0 containers moved',
    );
    expect(await must(`pool evacuation ${one}`)).toMatch(/Phase: +evacuated/);
    expect(await must(`pool restore ${one}`)).toContain('is open again');
    const rolling = `pool evacuate --each ${one} --action skip --yes --between`;
    expect(await must(`${rolling} true`)).toMatch(/is evacuated: [^]* is open again/);
    expect(await copa(`${rolling} false`)).toMatchObject({
      code: 4,
      err: expect.stringContaining('(it stays evacuated). Done: none. Left: none. Go on with') as string,
    });
    expect(await must(`pool restore ${one}`)).toContain('is open again');
    expect((await copa('stop -l app=shop')).err).toContain('1 of 1 containers stopped.');
    await waitFor('it to be seen', async () => (await must('list -l app=shop')).includes('Stopped'));
    expect((await copa(`start --all ${one}: ${two}: --parallel 2`)).err).toMatch(
      /^1 of 1 containers started, \d+ left as they were\.$/m,
    );
    expect(await copa('delete --all --force')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Give --yes') as string,
    });
    await must(`pool label ${one} rack- group-`);
    await must('label web app-');
  });

  test('log', async () => {
    await must('log web');
  });

  test('move: prints problems, moves, and prints the downtime', async () => {
    expect(await must(`move web ${two} --dry-run`)).toContain('The move is possible.');
    const impossible = await copa(`move web ${two} --dry-run --keep-source-as db`);
    expect(impossible.code).toBe(0);
    expect(await must(`move web ${two}`)).toMatch(
      /^Container "web" moved from server1 to server2 in .*\. Downtime: [\d.]+ s \(shutdown .*\)\.\n$/,
    );
    expect(await copa(`move web ${two}`)).toMatchObject({ code: 2 });
    const id = (await must(`move web ${two} ${one} --detach`)).trim();
    expect(await must(`migrations ${id} --follow`)).toContain('Downtime:');
    expect(await json(`migrations ${id}`)).toMatchObject({ state: 'done', destination: one });
    expect(await must('migrations')).toMatch(new RegExp(`^${id} +web +server2 +server1 +done`, 'm'));
    expect(await must('migrations --limit 1 --format csv')).toMatch(new RegExp(`^${id},web,`));
    expect(await copa(`migrations ${id} --cancel`)).toMatchObject({ code: 4 });
    expect(await copa('migrations 0123456789abcdef')).toMatchObject({ code: 3 });
    expect(await must(`migration info ${id}`)).toContain('Downtime:');
    expect(await copa(`migration resolve ${id} --keep source --yes`)).toMatchObject({
      code: 4,
      err: expect.stringContaining('it has ended already (done)') as string,
    });
  });

  test('move: Ctrl-C leaves it running, and migrations --cancel cancels it', async () => {
    const leaving = start(['move', 'web', two, '--bandwidth-limit', '100000']);
    let said = '';
    leaving.stderr?.on('data', (part) => (said += String(part)));
    const running = async () =>
      ((await json('migrations --limit 1')) as { id: string; state: string }[]).find(
        ({ state }) => state === 'running',
      );
    const { id } = await waitFor('the migration to run', running);
    leaving.kill('SIGINT');
    const [code] = (await once(leaving, 'close')) as [number];
    expect([code, said]).toEqual([130, expect.stringContaining('The migration continues') as string]);
    expect((await running())?.id).toBe(id);
    const watching = copa(`migrations ${id} --follow`);
    await must(`migrations ${id} --cancel`);
    expect(await watching).toMatchObject({
      code: 1,
      err: expect.stringContaining('was cancelled') as string,
    });
    expect(await must(`list ${one}`)).toMatch(/^web +server1 +Running/m);
  });

  test('move on a terminal: shows progress, and Ctrl-C asks whether to cancel', async () => {
    const words = `move web ${two} --bandwidth-limit 100000`;
    const inTerminal = `stty cols 120; exec ${process.execPath} ${program()} ${words}`;
    const child = spawn('script', ['-qefc', inTerminal, '/dev/null'], {
      env: { PATH: process.env['PATH'], HOME: home, COPA_ADDR: `http://127.0.0.1:${cluster.port}` },
    });
    let screen = '';
    child.stdout.on('data', (part) => (screen += String(part)));
    const progress = '\u001b[Kweb  server1 -> server2  copying while it runs  pass 1 ';
    await waitFor('progress', () => screen.includes(progress));
    child.stdin.write('\u0003');
    await waitFor('the question', () => screen.includes('Cancel the migration (c)'));
    child.stdin.write('c\n');
    const [code] = (await once(child, 'close')) as [number];
    expect([code, screen]).toEqual([
      1,
      expect.stringContaining('was cancelled, it is on server1 as before') as string,
    ]);
  });

  test('exec: runs to the end, with its exit code; and a shell on a terminal', async () => {
    const script = 'sh -c echo\tout;echo\terr>&2;exit\t7';
    expect(await copa(`exec web -- ${script}`)).toEqual({ code: 7, out: 'out\n', err: 'err\n' });
    const bytes = 'echo hi\n\u00e9\u0000';
    expect(await copa('exec web -- cat', { input: bytes })).toEqual({ code: 0, out: bytes, err: '' });
    expect(await copa('exec web', { input: 'echo hi; exit 4\n' })).toMatchObject({ code: 4, out: 'hi\n' });
    const many = await copa('exec web -- wc -c', { input: 'abcdefghi\n'.repeat(300_000) });
    expect(many).toEqual({ code: 0, out: '3000000\n', err: '' });
    // Unread output is lost with its reader.
    expect(await copa('exec web -- head -n 1', { input: 'one\n'.repeat(300_000) })).toMatchObject({
      code: 0,
      out: 'one\n',
    });
    // This input does not end, and the command does not wait for its end.
    const unfed = start(['exec', 'web', '--', 'true']);
    expect((await once(unfed, 'close'))[0]).toBe(0);
    expect(await copa('exec web --timeout 1 -- sleep 60')).toMatchObject({ code: 5 });
    expect(await copa('exec web -- no-such-program')).toMatchObject({ code: 4 });
    expect(await copa('exec nobody -- true')).toMatchObject({ code: 3 });
    const inTerminal = `stty cols 77 rows 33; exec ${process.execPath} ${program()} exec web`;
    const child = spawn('script', ['-qefc', inTerminal, '/dev/null'], {
      env: { PATH: process.env['PATH'], HOME: home, COPA_ADDR: `http://127.0.0.1:${cluster.port}` },
    });
    let screen = '';
    child.stdout.on('data', (part) => (screen += String(part)));
    // A shell may request the cursor position from its terminal right after its prompt.
    await waitFor('a prompt', () => /[#$] /.test(screen));
    child.stdin.write('stty size; exit 5\n');
    const [code] = (await once(child, 'close')) as [number];
    expect([code, screen]).toEqual([5, expect.stringContaining('33 77') as string]);
  });

  test('events: prints events as they occur', async () => {
    const child = start(['events', '--type', 'container', '--format', 'json']);
    if (!child.stdout) throw new Error('no output');
    const told: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => told.push(line));
    // The stream is open as soon as it shows a change made after its start.
    while (told.length === 0) {
      await must('freeze web');
      await must('unfreeze web');
    }
    expect(JSON.parse(told[0] ?? '')).toMatchObject({ pool: one, container: { name: 'web' } });
    child.kill('SIGKILL');
    await once(child, 'close');
  });

  test('rename, copy, stop, delete', async () => {
    await must('stop web db --timeout 20');
    await must('rename web website');
    await must('copy website twin');
    await waitFor('the copy to be listed', async () => (await must(`list ${one}`)).includes('twin'));
    await must('delete twin');
    expect(await copa('delete nobody')).toMatchObject({ code: 3 });
    await must('start website');
    expect(await copa('delete website')).toMatchObject({ code: 4 });
    await must('delete --force website');
  });

  test('a name on two pools is not guessed, nor one while a pool is unreachable', async () => {
    await must(`create tiny ${one}:db`);
    const twice = await waitFor('both to be seen', async () => {
      const ran = await copa('stop db');
      return ran.err.includes('server1:db') ? ran : undefined;
    });
    expect(twice).toMatchObject({
      code: 4,
      err: 'copa: there are several containers "db": say which, as server1:db, server2:db\n',
    });
    await must(`delete ${one}:db`);
    await waitFor('one to be seen', async () => (await copa('info db')).code === 0);
    await cluster.hosts[0]?.kill('agent');
    const silent = await waitFor('the pool to be down', async () => {
      const ran = await copa('info db');
      return ran.code === 5 ? ran : undefined;
    });
    expect(silent.err).toContain('"db" is on server2, but server1 cannot be reached now');
    expect(await copa('status')).toMatchObject({
      code: 5,
      out: expect.stringMatching(/^Pools: +1 of 2 up$/m) as string,
    });
    expect(await copa(`list ${one}`)).toMatchObject({ code: 5 });
    expect(await copa('list')).toMatchObject({
      code: 0,
      err: expect.stringContaining('pool "server1" is down') as string,
    });
    await must(`start ${two}:db`);
    await cluster.hosts[0]?.startAgent();
    await waitFor('all to be well', async () => (await copa('status')).code === 0);
    expect(await json('status')).toMatchObject({ ready: true, containers: { Running: 1 } });
  });

  test('monitoring shows the same facts on the controller and on the hosts', async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${cluster.port}/metrics`)).text();
    for (const line of [
      /^copa_pool_up\{pool="server2"\} 1$/m,
      /^copa_migrations_total\{outcome="done"\} 2$/m,
      /^copa_migrations_total\{outcome="cancelled"\} 2$/m,
      /^copa_migration_downtime_seconds_count 2$/m,
      /^copa_migration_bytes_total [1-9]/m,
    ]) {
      expect(metrics).toMatch(line);
    }
    const host = cluster.hosts[1];
    if (!host) throw new Error('there is no second host');
    const ask = async (path: string) =>
      (await host.exec(['curl', '-sS', '-w', '%{http_code}', `http://127.0.0.1:8004${path}`])).stdout;
    expect(await ask('/healthz')).toMatch(/200$/);
    expect(await ask('/readyz')).toContain('"checks":{"daemon":"ok","identity":"ok"}');
    const figures = (await ask('/metrics')).replace(/200$/, '');
    for (const line of [
      /^copa_container_memory_bytes\{container="db"\} [1-9]/m,
      /^copa_container_cpu_seconds_total\{container="db"\} [\d.]+$/m,
      /^copa_container_network_transmit_bytes_total\{container="db"\} [1-9]/m,
      /^copa_containers\{status="Running"\} 1$/m,
      /^copa_daemon_request_duration_seconds_count\{method="PUT",call="instances\/:name\/state",outcome="ok"\} [1-9]/m,
    ]) {
      expect(figures).toMatch(line);
    }
    if (promtoolObstacle === undefined) {
      expect(promtool(['check', 'metrics'], metrics)).toEqual({ code: 0, output: '' });
      expect(promtool(['check', 'metrics'], figures)).toEqual({ code: 0, output: '' });
    }
  });

  test('context: stores controllers and tokens, which are never on a command line', async () => {
    const address = `http://127.0.0.1:${cluster.port}`;
    const env = { COPA_ADDR: '' };
    expect(await copa('list', { env: { COPA_ADDR: 'http://127.0.0.1:1' } })).toMatchObject({
      code: 5,
      out: '',
    });
    const added = await copa(`context add lab ${address} --token`, { input: 'a-secret\n', env });
    expect(added).toMatchObject({ code: 0, out: '' });
    expect(await copa('context list', { env })).toMatchObject({
      code: 0,
      out: expect.not.stringContaining('a-secret') as string,
    });
    expect(readFileSync(join(home, '.config/copa/config.yaml'), 'utf8')).toContain('a-secret');
    await copa(`context add open ${address}`, { env });
    await copa('context use open', { env });
    expect(await copa('pool list', { env })).toMatchObject({ code: 0 });
    expect(await copa('pool list --context nobody', { env })).toMatchObject({ code: 3 });
    expect(await copa('context remove lab', { env })).toMatchObject({ code: 0 });
    expect(await copa('context remove open', { env })).toMatchObject({ code: 0 });
  });

  test('token: makes, lists and revokes', async () => {
    const { code, out } = await copa('token create --name ci --role viewer');
    expect(code).toBe(0);
    const env = { COPA_TOKEN: out.trim() };
    expect(await copa('pool list', { env })).toMatchObject({ code: 0 });
    expect(await copa(`pool add x 10.1.1.1`, { env })).toMatchObject({ code: 6 });
    expect(await must('token list')).toContain('ci');
    await must('token revoke ci');
    expect(await copa('pool list', { env })).toMatchObject({ code: 6 });
  });

  test('completion: a script per shell, and existing names', async () => {
    for (const shell of ['bash', 'zsh', 'fish'])
      expect(await must(`completion ${shell}`)).toContain('copa __complete');
    expect(await must('__complete -- start ')).toBe('db\nserver2:db\n');
    expect(await must('__complete -- move db ')).toBe('server1\nserver2\n');
    const script = `source <(copa completion bash); COMP_LINE="copa start server2:" COMP_POINT=19 COMP_WORDS=(copa start server2 :) COMP_CWORD=3; _copa; echo "\${COMPREPLY[*]}"`;
    const path = join(home, 'copa');
    const bash = spawn('bash', ['-c', `copa() { ${process.execPath} ${program()} "$@"; }; ${script}`], {
      env: { PATH: process.env['PATH'], HOME: path, COPA_ADDR: `http://127.0.0.1:${cluster.port}` },
    });
    let out = '';
    bash.stdout.on('data', (part) => (out += String(part)));
    await once(bash, 'close');
    expect(out.trim()).toBe('db');
  });

  test('invalid arguments are reported, with exit code 2', async () => {
    for (const words of [
      'nosuch',
      'list --format xml',
      'move web',
      'move',
      'pool nosuch',
      'limits db',
      'start a:b:c',
    ]) {
      const { code, out, err } = await copa(words);
      expect([words, code, out]).toEqual([words, 2, '']);
      expect(err).not.toBe('');
    }
  });

  test('policy: applied, listed, explained, replayed, paused and deleted', async () => {
    const file = join(home, 'policy.yaml');
    writeFileSync(file, 'name: cool\nwhen: {pool: cpu, above: 100}\n');
    expect((await copa(`policy apply ${file}`)).err).toBe('Policy "cool" is created.\n');
    expect(await must('policy list')).toMatch(/^cool +recommend +active +1$/m);
    expect(await must('policy list')).toMatch(/^threshold_lat +automatic +off +built in$/m);
    expect(await must('policy explain cool')).toMatch(/^Now: +idle: its condition holds nowhere$/m);
    expect((await copa(`policy replay ${file} --since 1m`)).err).toContain('0 decisions');
    await must('policy pause cool');
    expect(await json('policy explain cool')).toMatchObject({ state: 'paused', decisions: [] });
    await must('policy resume cool');
    await must('policy delete cool');
    writeFileSync(file, 'name: cool\nwhen: {pool: cpu, over: 100}\n');
    expect((await copa(`policy apply ${file} --dry-run`)).err).toContain('line 2, column 25: when.over');
  });

  test('rebalance says what it would do, and that nothing pays', async () => {
    const { code, err } = await copa('rebalance');
    expect(code).toBe(0);
    expect(err).toMatch(/In balance, the load of each pool would be [0-9.]+ %/);
    expect((await copa('rebalance --last')).code).toBe(0);
  });

  test('scenario: checked, run, compared and cleaned', async () => {
    const file = join(home, 'quick.yaml');
    const [first, second] = [join(home, 'first'), join(home, 'second')];
    writeFileSync(file, 'name: quick\nduration: 200ms\nhosts: {a: server1}\n');
    await waitFor('server1 to be up', async () => {
      const { code, err } = await copa(`scenario run ${file} --dry-run`);
      return code === 0 && err === 'a: server1\n';
    });
    for (const directory of [first, second])
      expect(await must(`scenario run ${file} --out ${directory}`)).toMatch(/^outcome +complete/m);
    expect(await must(`scenario compare ${first} ${second}`)).toMatch(/^moves +0 +0$/m);
    expect((await copa(`scenario clean ${first}`)).err).toBe('Nothing of the run is left.\n');
  });

  test('history has values of pools', async () => {
    const rows = (await json('history pool --since 10m')) as readonly { readonly CPU: number }[];
    expect(rows.at(-1)?.CPU).toBeGreaterThanOrEqual(0);
  });

  test('backup: the machine of the controller is lost during a move, and restored', async () => {
    const [key, file] = [join(home, 'backup.key'), join(home, 'copa.age')];
    const recipient = (await must(`backup key ${key}`)).trim();
    await must(`create tiny ${one}:moving --start`);
    const id = (await must(`move moving ${two} --bandwidth-limit 700000 --detach`)).trim();
    const moving = async () => (await json(`migrations ${id}`)) as { state: string; bytes: number };
    await waitFor('the move to copy', async () => (await moving()).bytes > 0);
    await must(`backup create ${file} --recipient ${recipient} --state-dir ${cluster.stateDirectory}`);
    expect((await copa(`backup verify ${file} --identity ${key}`)).err).toContain('1 running migrations');

    const etcd = cluster.pid('etcd');
    await cluster.kill('controller');
    if (etcd !== undefined) await waitFor('its etcd to end', () => !existsSync(`/proc/${etcd}`));
    rmSync(cluster.stateDirectory, { recursive: true });
    await must(`backup restore ${file} --identity ${key} --state-dir ${cluster.stateDirectory}`);
    await cluster.startController();
    await waitFor('both pools to be up', async () =>
      /^server1 .* up .*\nserver2 .* up /m.test(await must('pool list')),
    );
    await waitFor('the move to end', async () => (await moving()).state !== 'running', 60_000);
    const rows = (await must('list --format csv')).split('\n').filter((row) => row.startsWith('moving,'));
    expect(rows.map((row) => row.split(',')[2])).toEqual(['Running']);
  });

  test('every command has been used', () => {
    // The lab itself covers daemons and CA. doctor, audit and several controllers have tests of their own.
    const others = ['controller', 'agent', 'ca', 'doctor', 'audit'];
    expect(commandNames.filter((name) => !used.has(name) && !others.includes(name))).toEqual([]);
  });
});
