/**
 * Keeps the ports of this host that lead to containers: after each change, and every five seconds. It works on without a
 * controller. A container that moves keeps its address, so nothing changes here.
 */
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Clock } from '../../../common/async/clock.js';
import { Serial } from '../../../common/async/serial.js';
import { messageOf } from '../../../common/errors.js';
import type { HostNetwork } from '../desired.js';
import { Generation } from '../generation.js';
import { readTable, replacement } from '../nft.js';
import type { RunProgram } from '../programs.js';
import type { Listener } from './listeners.js';
import { forwardRules, planPorts, portsTable, type PortProblem } from './plan.js';
import type { PortsFile, PortState } from './ports-file.js';
import { keyOf, type ForwardedPort } from './ports.js';

interface Parts {
  readonly run: RunProgram;
  /** Those that this host has. */
  readonly networks: () => readonly HostNetwork[];
  readonly readListeners: () => Promise<readonly Listener[]>;
  readonly ownerOf: (inode: number) => Promise<string>;
  /** Whether the kernel forwards IPv4 at all. */
  readonly forwards: () => Promise<boolean>;
  readonly file: Pick<PortsFile, 'read' | 'write'>;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface PortFinding {
  readonly protocol: string;
  readonly port: number;
  /** It leads to its container all the same. */
  readonly isForwarded: boolean;
  readonly message: string;
}

const intervalMs = 5_000;

export class PortForwarder {
  #state: PortState = { ports: [], accepted: [] };
  /** The rules that were last set, and how the kernel shows them. */
  #set: { readonly rules: string; readonly shown: string | undefined } | undefined;
  readonly #generation = new Generation();
  #findings: readonly PortFinding[] = [];
  readonly #serial = new Serial();
  #stop: () => void = () => undefined;
  #reported = '[]';

  constructor(private readonly parts: Parts) {}

  /** Reads the state of the last run, and repairs from now on. Never rejects. */
  async start(): Promise<void> {
    const { file, log, clock } = this.parts;
    try {
      this.#state = await file.read();
    } catch (error) {
      log.error(
        { reason: messageOf(error) },
        'the published ports cannot be read: a controller has to send them',
      );
    }
    this.#stop = clock.every(intervalMs, () => void this.#round());
    void this.#round();
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#serial.idle();
  }

  /** The newest one. */
  get generation(): number {
    return this.#generation.newest;
  }

  /** What would prevent these ports. Changes nothing. */
  async check(ports: readonly ForwardedPort[]): Promise<readonly PortFinding[]> {
    const { problems } = await this.#plan(ports);
    return this.#described(problems);
  }

  /** Makes it so: all other ports are given back. An older generation than the newest one changes nothing. */
  apply(ports: readonly ForwardedPort[], generation: number): Promise<readonly PortFinding[]> {
    return this.#serial.run(async () => {
      if (!this.#generation.accept(generation, this.parts.clock.now())) return this.#findings;
      if (!isDeepStrictEqual(ports, this.#state.ports)) await this.#save({ ...this.#state, ports });
      return this.#reconcile();
    });
  }

  async #round(): Promise<void> {
    const { ports, accepted } = this.#state;
    if (ports.length > 0 || accepted.length > 0) await this.#serial.run(() => this.#reconcile());
  }

  async #plan(ports: readonly ForwardedPort[]) {
    const { networks, readListeners } = this.parts;
    const listeners = ports.length === 0 ? [] : await readListeners();
    const accepted = new Set(this.#state.accepted);
    return planPorts(ports, { networks: networks(), accepted, listeners });
  }

  /** Never rejects: what fails is a finding, and the next pass tries again. */
  async #reconcile(): Promise<readonly PortFinding[]> {
    const { ports, accepted } = this.#state;
    // A host without networks may lack the programs, too.
    if (ports.length === 0 && accepted.length === 0) return (this.#findings = []);
    let findings: readonly PortFinding[];
    try {
      const { forwarded, problems } = await this.#plan(ports);
      const keys = forwarded.map(keyOf);
      await this.#accept([...new Set([...accepted, ...keys])]);
      await this.#keepTable(forwardRules(forwarded));
      await this.#accept(keys);
      const isOff = forwarded.length > 0 && !(await this.parts.forwards());
      findings = [...(await this.#described(problems)), ...(isOff ? forwarded.map(forwardingIsOff) : [])];
    } catch (error) {
      const message = messageOf(error);
      findings = ports.map(({ protocol, port }) => ({ protocol, port, isForwarded: false, message }));
    }
    this.#findings = findings;
    this.#report(findings);
    return findings;
  }

  async #keepTable(rules: string | undefined): Promise<void> {
    const { run } = this.parts;
    const shown = await readTable(run, portsTable);
    const isRight =
      rules === undefined ? shown === undefined : this.#set?.rules === rules && this.#set.shown === shown;
    if (isRight && (rules === undefined || shown !== undefined)) return;
    await run('nft', ['-f', '-'], replacement(portsTable, rules));
    this.#set = rules === undefined ? undefined : { rules, shown: await readTable(run, portsTable) };
  }

  async #accept(accepted: readonly string[]): Promise<void> {
    if (!isDeepStrictEqual(accepted, this.#state.accepted)) await this.#save({ ...this.#state, accepted });
  }

  async #save(state: PortState): Promise<void> {
    await this.parts.file.write(state);
    this.#state = state;
  }

  async #described(problems: readonly PortProblem[]): Promise<readonly PortFinding[]> {
    const findings: PortFinding[] = [];
    for (const {
      port: { protocol, port },
      isForwarded,
      message,
      inode,
    } of problems) {
      const owner = inode === undefined ? '' : await this.parts.ownerOf(inode);
      findings.push({ protocol, port, isForwarded, message: message(owner) });
    }
    return findings;
  }

  /** Once for each set of findings, not every five seconds. */
  #report(findings: readonly PortFinding[]): void {
    const text = JSON.stringify(findings);
    if (text === this.#reported) return;
    this.#reported = text;
    if (findings.length > 0) this.parts.log.warn({ findings }, 'published ports are not as they should be');
    else this.parts.log.info('published ports are as they should be');
  }
}

function forwardingIsOff({ protocol, port }: ForwardedPort): PortFinding {
  const message = 'the host forwards no packets: net.ipv4.ip_forward is 0';
  return { protocol, port, isForwarded: false, message };
}

/** Whether the kernel of this host forwards IPv4. */
export async function forwardsIpv4(): Promise<boolean> {
  return (await readFile('/proc/sys/net/ipv4/ip_forward', 'utf8')).trim() !== '0';
}
