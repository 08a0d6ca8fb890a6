/**
 * `npm run demo`: a controller and three real LXD hosts on this machine, and a container that moves between
 * them while it is used. All of it stays up to be tried until Ctrl-C; with --once it ends by itself.
 */
import { Command, Option } from 'commander';
import { once } from 'node:events';
import { mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../common/errors.js';
import { Cluster, freePort } from '../lab/cluster.js';
import { Lab } from '../lab/lab.js';
import { run } from '../lab/processes.js';
import type { Driver } from '../lab/storage.js';
import { curl } from './client.js';
import { Screen } from './screen.js';
import { say } from './story.js';

interface Flags {
  readonly once?: true;
  readonly storage: Driver;
  readonly port: string;
}

/** The exit code that test runners take for "cannot run here". */
const exitSkipped = 77;
/** The exit code of a command that Ctrl-C ended, as in shells. */
const exitInterrupted = 130;

const flags = new Command('demo')
  .description(
    'a controller and three real LXD hosts on this machine, and a container that moves between them',
  )
  .option('--once', 'end after the last step, and remove everything')
  .addOption(new Option('--storage <driver>', "the hosts' storage").choices(['dir', 'btrfs']).default('dir'))
  .option('--port <port>', 'where REST is served', '8000')
  .parse()
  .opts<Flags>();

const screen = new Screen();
/** The screen of the running story, so that it can be silenced when it is interrupted. */
const stage = new Screen();
const interruption = new Promise<'interrupted'>((resolve) => {
  // Ctrl-C arrives more than once: from the terminal, and from npm.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => resolve('interrupted'));
});
process.exit(await main());

async function main(): Promise<number> {
  screen.title('COPA: three LXD hosts, one controller, and a container that moves while it is used');
  const obstacle = (await Lab.obstacle()) ?? (await withoutEtcd());
  if (obstacle !== undefined) {
    screen.failure(`The demo cannot run here: ${obstacle}.`);
    screen.line('It needs root, Linux namespaces, and the Debian packages that deploy/prepare.sh installs.');
    return exitSkipped;
  }

  const logs = mkdtempSync(join(tmpdir(), 'copa-demo-'));
  const starting = bringUp(logs);
  const progress = { isPrinted: false };
  const story = (async () => {
    const cluster = await starting;
    await say(cluster, stage);
    progress.isPrinted = true;
    if (flags.once) return 'told';
    invite(cluster);
    return interruption;
  })();
  // Nothing else may keep the process alive while it waits for Ctrl-C.
  const alive = setInterval(() => undefined, 60_000);
  let code = 0;
  try {
    const outcome = await Promise.race([story, interruption]);
    if (outcome === 'interrupted') {
      stage.mute();
      screen.title(
        `${progress.isPrinted ? 'Ending' : 'Interrupted'}: removing the hosts, the controller and everything they created ...`,
      );
      if (!progress.isPrinted) code = exitInterrupted;
    }
  } catch (error) {
    code = 1;
    stage.mute();
    screen.failure(`The demo failed: ${reasons(error)}`);
    await starting.then((cluster) => cluster.copyLogs(logs)).catch(() => undefined);
    if (readdirSync(logs).length > 0)
      screen.line(`The logs of the controller, the agents and the daemons are in ${logs}`);
  }
  story.catch(() => undefined);
  clearInterval(alive);
  const removed = performance.now();
  try {
    const cluster = await starting.catch(() => undefined);
    await cluster?.down();
    if (code !== 1) await rm(logs, { recursive: true });
    screen.line('Everything is removed.', performance.now() - removed);
  } catch (error) {
    code = 1;
    screen.failure(`Not everything could be removed: ${messageOf(error)}`);
    screen.line('The next demo or test retries it.');
  }
  return code;
}

/** The cluster, without pools. */
async function bringUp(logs: string): Promise<Cluster> {
  stage.step(
    'Bring up three hosts and a controller',
    `Each host has its own network, mounts and processes, an LXD with ${flags.storage} storage that listens on no TCP port, and an agent. The controller runs its own etcd.`,
  );
  const { port, note } = await choosePort(Number(flags.port));
  if (note !== undefined) stage.line(note);
  let since = performance.now();
  stage.live('three hosts with LXD ...');
  const cluster = await Cluster.up({
    hosts: 3,
    storage: flags.storage,
    name: 'demo',
    port,
    register: false,
    logsTo: logs,
    report: (part, { hosts, url }) => {
      const ms = performance.now() - since;
      since = performance.now();
      if (part === 'hosts')
        stage.line(`hosts       ${hosts.map(({ name, address }) => `${name} ${address}`).join(', ')}`, ms);
      if (part === 'controller') stage.line(`controller  ${url}/, with its own etcd`, ms);
      if (part === 'agents')
        stage.line('agents      one on each host, known to the controller by certificates of its CA', ms);
      stage.live('...');
    },
  });
  stage.live('');
  return cluster;
}

/** Prints suggestions for trying the demo. */
function invite({ url, lab }: Cluster): void {
  stage.title('It stays up until you press Ctrl-C. Try, in another terminal:');
  const names = { container_name: 'web', container_pool: 'server3' };
  stage.line('');
  stage.command(curl(`${url}/pools/`, {}));
  stage.command(
    curl(`${url}/container/`, { query: { operation: 'list_containers', container_pool: 'server3' } }),
  );
  stage.command(
    curl(`${url}/container/`, { form: { operation: 'migrate', ...names, destination_pool: 'server1' } }),
  );
  stage.command(curl(`${url}/migrations/`, { query: { limit: '1' } }));
  stage.command(['npm run lab -- run --lab demo server1 -- lxc list']);
  const origin = new URL(url).origin;
  stage.command([`COPA_ADDR=${origin} node dist/cli/main.js move web server2`]);
  stage.line('');
  stage.line(`Or drag it from host to host in a browser: ${origin}/`);
  stage.line(`Logs: ${lab.directory}/controller.log and hosts/NAME/agent.log, lxd.log there.`);
}

/** An error with its causes, because "fetch failed" alone says little. */
function reasons(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${reasons(cause)}`;
}

async function withoutEtcd(): Promise<string | undefined> {
  const { code } = await run(['sh', '-c', 'command -v etcd'], { check: false });
  return code === 0 ? undefined : 'missing: etcd';
}

/** The preferred port, or another one with a note. */
async function choosePort(wanted: number): Promise<{ port: number; note?: string }> {
  try {
    // The controller opens the port only when the hosts are up. Until then this name, which the kernel gives to one
    // process at a time, keeps a second demo from taking the port as free.
    await once(createServer().listen(`\0copa-demo-${wanted}`).unref(), 'listening');
    return { port: await freePort(wanted) };
  } catch {
    const port = await freePort();
    return { port, note: `port ${wanted} of 127.0.0.1 is taken, so REST is on ${port}` };
  }
}
