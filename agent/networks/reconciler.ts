/**
 * Keeps this host's part of networks over several hosts as it is to be: reads everything, compares, and repairs what
 * differs, every five seconds and after each change. It works on without a controller.
 *
 * One pass at a time. A change of the tables alone, as for a move, does not wait for the rest of the host.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { EncryptionKey } from '../../proto/gen/copa/agent/v1/EncryptionKey.js';
import type { Clock } from '../../common/async/clock.js';
import { Serial } from '../../common/async/serial.js';
import { messageOf } from '../../common/errors.js';
import { overheadOf, tunnelOf } from '../../common/net/networks.js';
import type { Actual } from './actual.js';
import { checkChanges, type CheckedNetworks, type HostNetwork, type NetworkFinding } from './desired.js';
import { encryptionFailed, Encryptor } from './encryption/encryptor.js';
import type { Keys } from './encryption/keys.js';
import { findingsOf } from './findings.js';
import { underlayMtu } from './underlay.js';
import { Generation } from './generation.js';
import { readTable } from './nft.js';
import { observe, type Host } from './observe.js';
import {
  guardRules,
  guardStep,
  guardTable,
  madeOf,
  removalSteps,
  structureSteps,
  tablesOf,
  tableSteps,
  type Made,
  type Step,
} from './plan.js';
import { runStep } from './steps.js';
import type { NetworkState, StateFile } from './state-file.js';

interface Parts extends Host {
  readonly file: Pick<StateFile, 'read' | 'write'>;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called with the number of steps that a look needed to make the host right again. */
  readonly noteRepairs?: (steps: number) => void;
  /** Reports changes that others make, until the returned function is called. */
  readonly watch?: (onChange: () => void) => () => void;
}

export interface Applied {
  readonly generation: number;
  readonly findings: readonly NetworkFinding[];
  /** 0 when unknown. */
  readonly mtuMax: number;
  /** Nothing was changed, because what was sent are changes of something that this host does not have. */
  readonly needsAll: boolean;
  /** The public keys of this host. */
  readonly keys: readonly EncryptionKey[];
}

const intervalMs = 5_000;

export class NetworkReconciler {
  #state: NetworkState = { networks: [], made: [] };
  readonly #generation = new Generation();
  #findings: readonly NetworkFinding[] = [];
  /** What was sent last and is not valid. */
  #refused: readonly NetworkFinding[] = [];
  /** The rules that were last set, and how the kernel shows them. */
  #guard: { readonly rules: string; readonly shown: string | undefined } | undefined;
  readonly #serial = new Serial();
  #stop: () => void = () => undefined;
  /** While there are networks. */
  #watching: (() => void) | undefined;
  /** How many were executed. */
  #steps = 0;
  #reported = '';

  readonly #encryptor: Encryptor;

  constructor(private readonly parts: Parts) {
    this.#encryptor = new Encryptor(parts.run, parts.keys);
  }

  /** Those that this host is to have. */
  get networks(): readonly HostNetwork[] {
    return this.#state.networks;
  }

  /** Reads the state of the last run, and repairs from now on. Never rejects. */
  async start(): Promise<void> {
    const { file, log, clock } = this.parts;
    try {
      const { refused, ...state } = await file.read();
      this.#state = state;
      this.#refused = refused;
    } catch (error) {
      log.error(
        { reason: messageOf(error) },
        'the state of networks cannot be read: a controller has to send it',
      );
    }
    this.#stop = clock.every(intervalMs, () => void this.#round());
    this.#watch();
    void this.#round();
  }

  /** The networks that are not as they should be. */
  get findings(): readonly NetworkFinding[] {
    return this.#findings;
  }

  async close(): Promise<void> {
    this.#stop();
    this.#watching?.();
    await this.#serial.idle();
  }

  /** What would prevent these networks. Changes nothing. */
  async check({ networks, refused }: CheckedNetworks): Promise<Applied> {
    const actual = await observe(this.parts, { vnis: [], ...this.#encryptor.scopeOf(networks) });
    const found = networks.flatMap((network) => findingsOf(network, this.#state.made, actual).findings);
    return this.#answer([...refused, ...found], networks, actual);
  }

  /**
   * Makes it so. An older generation than the newest one changes nothing, unless nobody sends that one any more. Throws
   * `invalid_argument`.
   */
  apply(given: unknown, generation: number): Promise<Applied> {
    return this.#serial.run(async () => {
      const now = this.parts.clock.now();
      if (!this.#generation.isDue(generation, now)) return this.#answer(this.#findings);
      const checked = checkChanges(given, ({ name, vni, since }) =>
        this.#baseOf(name, vni, since, generation),
      );
      if (!checked) return { ...(await this.#answer(this.#findings)), needsAll: true };
      const { networks: valid, refused } = checked;
      const before = this.#state;
      const networks = [...valid, ...this.#lastOf(refused, valid)];
      this.#refused = refused;
      const isSameStructure = this.#findings.length === 0 && haveEqualStructure(before.networks, networks);
      if (!isDeepStrictEqual(before.networks, networks)) await this.#save({ ...before, networks });
      this.#generation.note(generation, now);
      if (!isSameStructure || refused.length > 0) return this.#reconcile();
      return (await this.#changeTables(before.networks)) ? this.#answer(this.#findings) : this.#reconcile();
    });
  }

  /** What changes since a generation are added to; undefined without it. */
  #baseOf(name: string, vni: number, since: number, generation: number): HostNetwork | undefined {
    const { newest } = this.#generation;
    if (since > newest || newest > generation || this.#refused.some(({ network }) => network === name))
      return undefined;
    return this.#state.networks.find((network) => network.name === name && network.vni === vni);
  }

  /** The last valid version of what is refused now: the host keeps that one up. */
  #lastOf(refused: readonly NetworkFinding[], valid: readonly HostNetwork[]): readonly HostNetwork[] {
    return this.#state.networks.filter(
      ({ name, vni }) =>
        refused.some(({ network }) => network === name) &&
        !valid.some((other) => other.name === name || other.vni === vni),
    );
  }

  async #round(): Promise<void> {
    const { networks, made } = this.#state;
    if (networks.length === 0 && made.length === 0) return;
    await this.#serial.run(async () => {
      const before = this.#steps;
      await this.#reconcile();
      if (this.#steps > before) this.parts.noteRepairs?.(this.#steps - before);
    });
  }

  /** The programs of the watch run only where there is something to watch. */
  #watch(): void {
    const isNeeded = this.#state.networks.length > 0;
    if (isNeeded === (this.#watching !== undefined)) return;
    this.#watching?.();
    this.#watching = isNeeded ? this.parts.watch?.(() => void this.#round()) : undefined;
  }

  /** Changes the entries that are to be others than before, without a look. False when the kernel had other ones. */
  async #changeTables(before: readonly HostNetwork[]): Promise<boolean> {
    const tables = new Map(before.map((network) => [tunnelOf(network.vni), tablesOf(network)]));
    try {
      for (const step of this.#state.networks.flatMap((network) => tableSteps(network, { tables })))
        await this.#run(step);
      return true;
    } catch {
      // A look shows what is wrong.
      return false;
    }
  }

  /** Never rejects: what fails is a finding, and the next pass tries again. */
  async #reconcile(): Promise<Applied> {
    let actual: Actual | undefined;
    const findings = [...this.#refused];
    try {
      actual = await observe(this.parts, {
        vnis: this.#state.networks.map(({ vni }) => vni),
        ...this.#encryptor.scopeOf(this.#state.networks),
      });
      const removed = await this.#removeOthers(actual, findings);
      await this.#repair(actual, findings);
      // At last, so that a crash before it repeats all of this.
      if (removed.length > 0)
        await this.#save({
          ...this.#state,
          made: this.#state.made.filter((made) => !removed.includes(made)),
        });
    } catch (error) {
      const message = messageOf(error);
      findings.push(...this.#state.networks.map(({ name }) => ({ network: name, message })));
    }
    this.#findings = findings;
    this.#report(findings);
    return this.#answer(findings, this.#state.networks, actual);
  }

  async #repair(actual: Actual, findings: NetworkFinding[]): Promise<void> {
    const possible: HostNetwork[] = [];
    for (const network of this.#state.networks) {
      const found = findingsOf(network, this.#state.made, actual);
      findings.push(...found.findings);
      if (!found.blocks) possible.push(network);
    }
    // Before the first tunnel is there.
    await this.#guardTunnels(possible, actual, findings);
    await this.#encrypt(possible, actual, findings);
    for (const network of possible) {
      await this.#tried(network.name, findings, async () => {
        await this.#noteMade(madeOf(network));
        for (const step of structureSteps(network, actual)) await this.#run(step);
        for (const step of tableSteps(network, actual)) await this.#run(step);
      });
    }
  }

  async #encrypt(
    possible: readonly HostNetwork[],
    actual: Actual,
    findings: NetworkFinding[],
  ): Promise<void> {
    const { networks } = this.#state;
    try {
      await this.#encryptor.keep(networks, possible, actual, (step) => this.#run(step));
    } catch (error) {
      findings.push(...encryptionFailed(possible, error));
    }
  }

  /** Returns what is no longer there. */
  async #removeOthers(actual: Actual, findings: NetworkFinding[]): Promise<readonly Made[]> {
    const removed: Made[] = [];
    const wanted = new Set(this.#state.networks.map(({ name, vni }) => `${name} ${vni}`));
    // What is refused is wanted, though nobody knows how: it stays as it is.
    const refused = new Set(this.#refused.map(({ network }) => network));
    const others = this.#state.made.filter(
      ({ name, vni }) => !wanted.has(`${name} ${vni}`) && !refused.has(name),
    );
    for (const made of others) {
      await this.#tried(made.name, findings, async () => {
        for (const step of removalSteps(made, actual)) await this.#run(step);
        removed.push(made);
      });
    }
    return removed;
  }

  async #guardTunnels(
    networks: readonly HostNetwork[],
    actual: Actual,
    findings: NetworkFinding[],
  ): Promise<void> {
    const rules = guardRules(networks);
    const isRight =
      rules === undefined
        ? actual.guard === undefined
        : this.#guard?.rules === rules && this.#guard.shown === actual.guard && actual.guard !== undefined;
    if (isRight) return;
    await this.#run(guardStep(rules));
    this.#guard =
      rules === undefined ? undefined : { rules, shown: await readTable(this.parts.run, guardTable) };
    if (rules !== undefined && this.#guard?.shown === undefined) {
      findings.push(
        ...networks.map(({ name }) => ({ network: name, message: 'nft has not kept the guard' })),
      );
    }
  }

  async #tried(network: string, findings: NetworkFinding[], work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      findings.push({ network, message: messageOf(error) });
    }
  }

  async #noteMade(made: Made): Promise<void> {
    if (this.#state.made.some((each) => isDeepStrictEqual(each, made))) return;
    await this.#save({ ...this.#state, made: [...this.#state.made, made] });
  }

  async #save(state: NetworkState): Promise<void> {
    await this.parts.file.write(state);
    this.#state = state;
    this.#watch();
  }

  async #run(step: Step): Promise<void> {
    const { parts } = this;
    parts.log.debug({ step }, 'a network changes');
    this.#steps++;
    await runStep(parts, step);
  }

  async #answer(
    findings: readonly NetworkFinding[],
    networks: readonly HostNetwork[] = [],
    actual?: Actual,
  ): Promise<Applied> {
    const [first] = networks;
    const mtu = actual && first && underlayMtu(first.underlay, actual);
    const overhead = overheadOf(first?.encryption !== undefined);
    const keys = await this.#encryptor.publicKeys(this.#state.networks);
    return {
      ...{ generation: this.#generation.newest, findings, keys },
      mtuMax: mtu === undefined ? 0 : Math.max(0, mtu - overhead),
      needsAll: false,
    };
  }

  /** Once for each set of findings, not every five seconds. */
  #report(findings: readonly NetworkFinding[]): void {
    const text = JSON.stringify(findings);
    if (text === this.#reported) return;
    this.#reported = text;
    if (findings.length > 0) this.parts.log.warn({ findings }, 'networks are not as they should be');
    else this.parts.log.info('networks are as they should be');
  }
}

/** They differ in stations alone. */
function haveEqualStructure(before: readonly HostNetwork[], now: readonly HostNetwork[]): boolean {
  const bare = (networks: readonly HostNetwork[]) =>
    networks.map((network) => ({ ...network, stations: [] }));
  return isDeepStrictEqual(bare(before), bare(now));
}
