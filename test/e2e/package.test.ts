// Aim: a bare Debian host with LXD becomes a pool with only the packages and docs/install.md's commands, without
// Node.js, and three machines three controllers; an upgrade in the middle of a migration, a removal and a purge break nothing and change no container; the
// services behave under their own systemd as their units state. Method: the built packages on lab hosts, each with a
// Debian of its own, booted by its systemd; commands from docs/install.md.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DebianHost, debianObstacle } from '../../deploy/lab/debian.js';
import { Lab, program } from '../../deploy/lab/lab.js';
import { run, waitFor } from '../../deploy/lab/processes.js';
import { commandsOf } from '../support/documents.js';

const obstacle = (await Lab.obstacle()) ?? (await debianObstacle());
if (obstacle !== undefined)
  console.warn(`\n*** NOT TESTED, no packages can be installed here: ${obstacle} ***\n`);

/** The limit from the command that joins a host to the host's first reply. */
const joinMsMax = 10_000;
const hostsCount = 3;

let lab: Lab | undefined;
let controller: DebianHost;
let hosts: DebianHost[];
let work: string;
let packages: string[];

const debsIn = async (directory: string) =>
  (await run(['sh', '-c', `ls ${directory}/*.deb`])).stdout.trim().split('\n');

/** The same packages with a later version, which apt requires for an upgrade. */
async function repack(): Promise<string[]> {
  const script = `
    set -e
    next=$1
    shift
    mkdir "$next"
    for deb; do
      tree=$(mktemp -d "$next.XXXXXX")
      dpkg-deb -R "$deb" "$tree"
      sed -i -E 's/^(Version: |Depends: copa .= )([0-9.]+)/\\1\\2.1/' "$tree/DEBIAN/control"
      dpkg-deb -Znone --root-owner-group -b "$tree" "$next" >/dev/null
    done`;
  await run(['sh', '-c', script, 'sh', join(work, 'next'), ...packages], { timeoutMs: 180_000 });
  return debsIn(join(work, 'next'));
}

/** The document's commands, each used once, in their order, and found by a part of it. */
const commands = commandsOf('docs/install.md', 'Install the packages');
function next(part: string): string {
  const command = commands.shift() ?? 'nothing';
  expect(command).toContain(part);
  return command;
}

async function rest(path: string, form: Readonly<Record<string, string>> = {}) {
  const data = Object.entries(form).map(([name, value]) => `-d ${name}=${value}`);
  const { stdout } = await controller.sh(`curl -s "http://127.0.0.1:8000/REST/${path}" ${data.join(' ')}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** The containers of a pool, as soon as its agent answers. */
function containersOf({ host }: DebianHost): Promise<unknown[]> {
  return waitFor(`${host.name} to answer`, async () => {
    const answer = await rest(`container/?operation=list_containers&container_pool=${host.name}`);
    return Array.isArray(answer['containers']) && (answer['containers'] as unknown[]);
  });
}

/** An operation on a container that must succeed. */
async function must(operation: string, pool: DebianHost, container: string, more = {}) {
  const form = { operation, container_pool: pool.host.name, container_name: container, ...more };
  expect(await rest('container/', form)).toHaveProperty('success');
}

const running = (each: DebianHost) => each.host.runningContainers();
/** Properties of a service, in the given order. */
const show = async (each: DebianHost, side: string, ...properties: string[]) =>
  (
    await each.sh(
      properties.map((name) => `systemctl show --value -p ${name} copa-${side}.service`).join('; '),
    )
  ).stdout
    .trimEnd()
    .split('\n');
const processOf = async (each: DebianHost, side: string) => (await show(each, side, 'MainPID'))[0] ?? '';

/** Does something to a service's process, and waits until systemd has started another one. */
async function survives(each: DebianHost, side: string, deed: string): Promise<void> {
  const before = await processOf(each, side);
  await each.sh(`${deed} ${before}`);
  await waitFor(`copa-${side} after ${deed}`, async () => {
    const [pid, state] = await show(each, side, 'MainPID', 'ActiveState');
    return pid !== before && state === 'active';
  });
}

/** All processes of COPA's Node.js. The pattern does not match itself. */
const processes = async (each: DebianHost) =>
  (await each.sh('grep -lsa "copa/nod[e]" /proc/[0-9]*/cmdline || true')).stdout;

/** Slow, so that an upgrade does not take longer than the migration. */
const quickly = '-o Dpkg::Options::=--force-unsafe-io';

describe.skipIf(obstacle !== undefined)('packages', () => {
  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'copa-packages-'));
    const builder = join(program(), '../../deploy/package/main.js');
    await run([process.execPath, builder, '--out', work], { timeoutMs: 480_000 });
    packages = await debsIn(work);
    lab = await Lab.up({ hosts: hostsCount + 1 });
    // All at once, also the first time on a machine, when the root file system does not exist yet.
    const all = await Promise.all(lab.hosts.map((host) => DebianHost.on(host, packages)));
    hosts = all.slice(0, hostsCount);
    controller = all[hostsCount] as DebianHost;
  }, 1_200_000);

  afterAll(async () => {
    await lab?.down();
    rmSync(work, { recursive: true });
  }, 60_000);

  test('the package depends on all that its Node.js is linked with', async () => {
    const script = `
      cd "$1"
      mkdir -p shlibs/debian
      dpkg-deb -x "$2" shlibs/copa
      cd shlibs
      printf 'Source: copa\n\nPackage: copa\nArchitecture: any\n' >debian/control
      dpkg-deb -f "$2" Depends
      dpkg-shlibdeps -O copa/usr/lib/copa/node | sed s/^shlibs:Depends=//`;
    const copa = packages.find((file) => file.includes('/copa_')) ?? '';
    const lines = (await run(['sh', '-euc', script, 'sh', work, copa])).stdout.trim().split('\n');
    const [stated = {}, computed = {}] = lines.map((line) =>
      Object.fromEntries(
        Array.from(line.matchAll(/(\S+) \(>= ([^)]+)\)/g), ([, name = '', least = '']) => [name, least]),
      ),
    );
    expect(Object.keys(stated)).toEqual(Object.keys(computed));
    for (const [name, least] of Object.entries(computed))
      await run(['dpkg', '--compare-versions', stated[name] ?? '', 'ge', least]);
  }, 60_000);

  test('python3-copa is a module for the Python of the system', async () => {
    const script = `
      dpkg-deb -x "$1" "$2"
      cd "$2/usr/lib/python3/dist-packages"
      /usr/bin/python3 -B -c 'import copa; print(copa.Copa("http://127.0.0.1:1").container_start.__doc__)'`;
    const python = packages.find((file) => file.includes('/python3-copa_')) ?? '';
    const { stdout } = await run(['sh', '-euc', script, 'sh', python, join(work, 'python')]);
    expect(stdout).toContain('container_pool');
  });

  test('the document installs a controller and three hosts', async () => {
    expect(next('npm run package')).toBe('npm ci && npm run package');
    for (const each of [controller, ...hosts])
      expect((await each.sh('command -v node npm', { check: false })).stdout).toBe('');

    await controller.sh(next('copa-controller'));
    await waitFor('REST', async () => (await rest('pools/'))['success'] === 'pools');
    const owner = `stat -c %U /proc/${await processOf(controller, 'controller')}`;
    expect((await controller.sh(owner)).stdout).toBe('copa\n');

    const makeToken = next('copa token create');
    const install = next('copa-agent');
    const join = next('copa agent join TOKEN');
    await Promise.all(hosts.map((each) => each.sh(install)));
    for (const each of hosts) {
      const { name, address } = each.host;
      const { stdout: token } = await controller.sh(`${makeToken} 2>/dev/null`);
      const started = performance.now();
      const { stdout: told } = await each.sh(join.replace('TOKEN', token.trim()));
      expect(told).toContain(`This host is pool "${name}" at ${address} now.`);
      expect(await containersOf(each)).toEqual([]);
      expect(performance.now() - started).toBeLessThan(joinMsMax);
    }
    expect(commands).toEqual([]);
  }, 300_000);

  test('the doctor finds no problem, and reports existing ones', async () => {
    const [one, other] = hosts as [DebianHost, DebianHost];
    const well = await one.sh(`copa doctor agent --peer ${other.host.address}`);
    expect(well.stdout).toContain(`agent "${other.host.name}" answers`);
    expect(well.stdout).toMatch(/ 0 problems\n$/);
    expect((await controller.sh('copa doctor')).stdout).toMatch(/pool server3 +the certificate is valid/);

    await one.sh('systemctl stop copa-agent; chmod 644 /var/lib/copa/agent/identity.key');
    const ill = await one.sh('copa doctor', { check: false });
    expect(ill.code).toBe(1);
    expect(ill.stdout).toMatch(/PROBLEM key +others can read/);
    expect(ill.stdout).toMatch(/PROBLEM port 8001 +the agent does not answer/);
    const told = await controller.sh('copa doctor', { check: false });
    expect(told.code).toBe(1);
    expect(told.stdout).toMatch(/PROBLEM pool server1 +the agent is unreachable/);

    await one.sh('chmod 600 /var/lib/copa/agent/identity.key; systemctl start copa-agent');
    expect(await containersOf(one)).toEqual([]);
  }, 120_000);

  test('the services report readiness, and restart when they hang or are killed', async () => {
    const sides = [
      [controller, 'controller', 'copa'],
      [hosts[0] as DebianHost, 'agent', ''],
    ] as const;
    await Promise.all(
      sides.map(async ([each, side, user]) => {
        const facts = ['Type', 'SubState', 'UnitFileState', 'NRestarts', 'User', 'WatchdogUSec'];
        const first = ['notify', 'running', 'enabled', '0', user, '1min'];
        expect(await show(each, side, ...facts)).toEqual(first);
        const dropIn = `/run/systemd/system/copa-${side}.service.d`;
        const sooner = '[Service]\\nWatchdogSec=5\\nRestartSec=0\\n';
        await each.sh(
          `mkdir -p ${dropIn}; printf '${sooner}' > ${dropIn}/sooner.conf; systemctl daemon-reload`,
        );
        await survives(each, side, 'kill -KILL');
        await survives(each, side, 'kill -STOP');
        const log = (await each.sh(`journalctl -o cat -u copa-${side}`)).stdout;
        expect(log).toContain('Watchdog timeout (limit 5s)');
        // It was killed and it hung. Nothing else has ended it.
        expect(await show(each, side, 'NRestarts', 'Result')).toEqual(['2', 'success']);
        await each.sh(`rm -r ${dropIn}; systemctl daemon-reload; systemctl restart copa-${side}`);
      }),
    );
    expect(await containersOf(hosts[0] as DebianHost)).toEqual([]);
  }, 120_000);

  test('an upgrade of both hosts and the controller does not stop a migration', async () => {
    const [source, destination] = hosts as [DebianHost, DebianHost];
    await must('create', source, 'web', { image_type: 'tiny' });
    await must('start', source, 'web');
    const fill = 'head -c 30000000 /dev/urandom > /data/blob; sync';
    await source.host.lxc('exec', 'web', '--', 'sh', '-c', fill);
    const sum = (each: DebianHost) => each.host.lxc('exec', 'web', '--', 'md5sum', '/data/blob');
    const before = await sum(source);
    const debs = await repack();
    for (const each of [source, destination, controller]) await run(['cp', ...debs, each.path('/root/')]);

    const { stdout } = await controller.sh(
      'curl -s http://127.0.0.1:8000/REST/container/ -H "Prefer: respond-async" -d operation=migrate ' +
        `-d container_name=web -d container_pool=${source.host.name} ` +
        `-d destination_pool=${destination.host.name} -d bandwidth_limit=2000000`,
    );
    const { id } = JSON.parse(stdout) as { id: string };
    const migration = () => rest(`migrations/${id}`);
    await waitFor('bytes to go', async () => JSON.stringify(await migration()).includes('"bytes":1'));
    // Slow, so that it does not end before the upgrades, however busy this machine is.
    await destination.host.link.rate(1);

    const old = await Promise.all([source, destination].map((each) => processOf(each, 'agent')));
    const upgrade = (each: DebianHost, side: string) =>
      each.sh(`apt-get install -y ${quickly} ./copa_*.1_*.deb ./copa-${side}_*.1_all.deb`);
    await Promise.all([source, destination].map((each) => upgrade(each, 'agent')));
    expect(await migration()).toMatchObject({ state: 'running' });
    await upgrade(controller, 'controller');
    expect(await show(controller, 'controller', 'ActiveState')).toEqual(['active']);
    expect(await migration()).toMatchObject({ state: 'running' });
    const young = await Promise.all([source, destination].map((each) => processOf(each, 'agent')));
    expect(young.filter((pid) => old.includes(pid))).toEqual([]);

    await destination.host.link.rate(null);
    await waitFor('the end', async () => (await migration())['state'] !== 'running', 120_000);
    expect(await migration()).toMatchObject({ state: 'done' });
    expect([running(source), running(destination)]).toEqual([[], ['web']]);
    expect(await sum(destination)).toBe(before);
  }, 300_000);

  test('removed and installed again, an agent works as before', async () => {
    const [, each] = hosts as [DebianHost, DebianHost];
    await each.sh('echo "log_level: debug" >> /etc/copa/agent.yaml; apt-get remove -y copa-agent');
    expect(await processes(each)).toBe('');
    expect(running(each)).toEqual(['web']);
    await each.sh('apt-get install -y ./copa_*.1_*.deb ./copa-agent_*.1_all.deb');
    await each.sh('grep -x "log_level: debug" /etc/copa/agent.yaml');
    expect(await containersOf(each)).toEqual(['web']);
  }, 120_000);

  test('a purge leaves nothing but the containers', async () => {
    const [, each] = hosts as [DebianHost, DebianHost];
    await each.sh('apt-get purge -y copa-agent copa');
    await controller.sh('apt-get purge -y copa-controller copa');
    expect(running(each)).toEqual(['web']);
    expect(await each.host.lxc('exec', 'web', '--', 'ls', '/data/blob')).toContain('blob');
    const ours =
      'find / -xdev ( -path /root -o -path /var/log -o -path /proc ) -prune -o -name *copa* -print';
    const left = `set -f; ${ours.replace(/[()]/g, '\\$&')}; getent passwd copa; getent group copa; dpkg --audit; systemctl --failed --plain --no-legend; systemctl list-units --all --plain --no-legend "copa*"`;
    for (const one of [each, controller]) {
      expect((await one.sh(left, { check: false })).stdout).toBe('');
      expect(await processes(one)).toBe('');
    }
  }, 120_000);

  test('the document makes three controllers of three machines, and any one may be lost', async () => {
    const machines = [controller, ...hosts.slice(1)] as [DebianHost, DebianHost, DebianHost];
    // The two that were purged have the upgraded packages as well.
    const install = `apt-get install -y ${quickly} $(ls -d ./copa_*.1_*.deb ./copa-controller_*.1_*.deb 2>/dev/null || ls ./copa_*.deb ./copa-controller_*.deb)`;
    await Promise.all(machines.map((each) => each.sh(install)));
    const [first, second, third] = machines;
    const steps = commandsOf('docs/install.md', 'Several controllers');
    const step = (part: string) => steps.find((line) => line.startsWith(part)) ?? 'false';
    await first.sh(step('copa controller init'));
    for (const each of [second, third]) {
      const { stdout: token } = await first.sh(`${step('copa controller token')} 2>/dev/null`);
      await each.sh(step('copa controller join').replace('TOKEN', token.trim()));
    }
    const up = async (each: DebianHost) =>
      (await each.sh(step('copa controller list'))).stdout.match(/ up\b/g)?.length ?? 0;
    await waitFor('three controllers', async () => (await up(third)) === 3);
    await first.sh('systemctl stop copa-controller');
    await waitFor('two controllers', async () => (await up(second)) === 2);
    await second.sh('copa token create');
    await first.sh('systemctl start copa-controller');
    await waitFor('the first one again', async () => (await up(first)) === 3);
  }, 180_000);
});
