// An installation as docs/install.md makes it: three machines become three controllers by `init`, `token` and `join`, and
// hosts of the lab join with tokens. The suite is its client at all three addresses.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type Connection } from '../../../client/index.js';
import type { Host } from '../../../deploy/lab/host.js';
import { agentPort } from '../../../deploy/lab/host.js';
import { Lab, program } from '../../../deploy/lab/lab.js';
import { waitFor } from '../../../deploy/lab/processes.js';
import { clockEnvironment, setClock } from './clocks.js';
import { Machine, untilReady } from './machines.js';

const machinesCount = 3;

const clockOf = (host: Host) => join(host.directory, 'clock');
const identityOf = (host: Host) => join(host.directory, 'identity');

interface Options {
  readonly hosts: number;
  /** Controllers go before all else on this machine, so that it may do other things. */
  readonly isRealTime: boolean;
  readonly report: (text: string) => void;
}

export class Installation {
  /** A client that knows all controllers. */
  readonly copa: Connection;

  private constructor(
    readonly lab: Lab,
    readonly machines: readonly Machine[],
    private readonly credentials: { readonly token: string; readonly ca: string },
    /** From the first command to three controllers that are up. */
    readonly clusterMs: number,
  ) {
    this.copa = this.clientOf(machines);
  }

  static async up({ hosts, isRealTime, report }: Options): Promise<Installation> {
    // On file systems of their own: the machine's disk belongs to others as well.
    const lab = await Lab.up({ hosts, storageSizeMiB: 1024, agentCommand });
    const machines = Array.from({ length: machinesCount }, (_, at) => new Machine(lab, at + 1, isRealTime));
    try {
      const [first, ...others] = machines as [Machine, Machine, Machine];
      for (const machine of machines) await machine.powerOn();
      first.start();
      await untilReady([first]);
      const startedAt = performance.now();
      await first.copa('controller', 'init');
      for (const machine of others) {
        const token = await first.copa('controller', 'token');
        await machine.copa('controller', 'join', token, '--no-start', '--name', machine.name);
        machine.start();
      }
      await waitFor(
        'three controllers to be up',
        async () => (await upAt(first)) === machines.length,
        60_000,
      );
      const clusterMs = performance.now() - startedAt;
      report(`three machines are three controllers after ${(clusterMs / 1000).toFixed(1)} s`);
      const token = await first.copa('token', 'create', '--role', 'admin', '--name', 'chaos');
      const ca = `${await first.copa('ca', 'show', '--pem')}\n`;
      const made = new Installation(lab, machines, { token, ca }, clusterMs);
      await Promise.all(lab.hosts.map((host) => made.#join(host)));
      report('hosts have joined');
      return made;
    } catch (error) {
      for (const machine of machines) await machine.down();
      await lab.down();
      throw error;
    }
  }

  /** A client of these controllers, which prefers them in this order. */
  clientOf(machines: readonly Machine[]): Connection {
    return connect({ address: machines.map(({ url }) => url), ...this.credentials });
  }

  /** How far the clock of a host's agent is off, in seconds. */
  turnClock(host: Host, seconds: number): void {
    setClock(clockOf(host), seconds);
  }

  async down(): Promise<void> {
    for (const machine of this.machines) await machine.down();
    await this.lab.down();
  }

  async #join(host: Host): Promise<void> {
    rmSync(identityOf(host), { recursive: true, force: true });
    setClock(clockOf(host), 0);
    const { token } = await this.copa.token('create_join', { kind: 'join' });
    const where = ['--identity', identityOf(host), '--socket', host.lxdSocketInside, '--name', host.name];
    const file = join(host.directory, 'agent.yaml');
    writeFileSync(file, '');
    const settings = ['--config', file];
    await host.exec([
      process.execPath,
      program(),
      'agent',
      'join',
      token,
      '--no-start',
      ...where,
      ...settings,
    ]);
    await host.startAgent();
    await waitFor(`${host.name} to answer`, () =>
      this.copa.containers({ container_pool: host.name }).then(() => true),
    );
  }
}

function agentCommand(host: Host): string[] {
  const clock = Object.entries(clockEnvironment(clockOf(host))).map(([name, value]) => `${name}=${value}`);
  const listen = ['--listen', `${host.address}:${agentPort}`, '--identity', identityOf(host)];
  const socket = ['--socket', host.lxdSocketInside];
  return ['env', ...clock, process.execPath, program(), 'agent', ...listen, ...socket];
}

/** How many controllers are up, as the command says on one of the machines. */
async function upAt(machine: Machine): Promise<number> {
  return (await machine.copa('controller', 'list')).match(/ up\b/g)?.length ?? 0;
}
