// How long nobody answers: of all controllers, each asked by itself; and for a client that knows all addresses, reads and
// changes. Only times count during which somebody has to answer.
import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '../../../client/index.js';
import { messageOf } from '../../../common/errors.js';
import type { Installation } from './installation.js';

const everyMs = 200;
const directMsMax = 2_500;

export type ProbeName = 'any controller' | 'reads of a client' | 'changes of a client';

export interface Pause {
  readonly probe: ProbeName;
  readonly ms: number;
  readonly at: string;
  /** The faults that were in effect, and the error, if the client got one. */
  readonly during: string;
  /** How long the process of each controller waited for a processor meanwhile, and how many were waiting before. */
  readonly waited: string;
}

interface Clock {
  readonly probe: ProbeName;
  /** Of the last answer, or of the moment from which on somebody has to answer. */
  since: number;
  waitedMs: readonly (number | undefined)[];
  during: Set<string>;
}

export class Probes {
  readonly pauses: Pause[] = [];
  readonly counts = new Map<ProbeName, number>();
  #isDue = true;
  #ended = false;
  #faults: readonly string[] = [];
  readonly #clocks = new Map<ProbeName, Clock>();
  readonly #running: Promise<unknown>;
  #changes = 0;

  /** Pauses from `reportMs` on are kept. */
  constructor(
    private readonly installation: Installation,
    private readonly reportMs: number,
    private readonly report: (text: string) => void,
  ) {
    const { machines, copa } = installation;
    const direct = machines.map((machine) => installation.clientOf([machine]));
    const changing = installation.clientOf(machines);
    this.#running = Promise.all([
      ...direct.map((client) => this.#loop('any controller', () => read(client, directMsMax))),
      this.#loop('reads of a client', () => read(copa, 60_000)),
      this.#loop('changes of a client', () => this.#change(changing)),
    ]);
  }

  /** Says whether somebody has to answer from now on, and which faults are in effect. */
  expect(isDue: boolean, faults: readonly string[]): void {
    const now = performance.now();
    for (const clock of this.#clocks.values()) {
      if (this.#isDue && !isDue) this.#note(clock, now);
      if (!this.#isDue && isDue) Object.assign(clock, { since: now, waitedMs: this.#waitedMs() });
      for (const fault of faults) clock.during.add(fault);
    }
    this.#faults = faults;
    this.#isDue = isDue;
  }

  worst(probe: ProbeName): number {
    return Math.max(0, ...this.pauses.filter((each) => each.probe === probe).map(({ ms }) => ms));
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#running;
  }

  async #loop(probe: ProbeName, ask: () => Promise<unknown>): Promise<void> {
    const since = performance.now();
    this.#clocks.set(probe, { probe, since, waitedMs: this.#waitedMs(), during: new Set() });
    while (!this.#ended) {
      try {
        await ask();
        this.#answered(probe);
      } catch (error) {
        this.#clocks.get(probe)?.during.add(messageOf(error).slice(0, 200));
      }
      await pause(everyMs);
    }
  }

  #answered(probe: ProbeName): void {
    const clock = this.#clocks.get(probe);
    if (!clock) return;
    const now = performance.now();
    if (this.#isDue) this.#note(clock, now);
    clock.since = now;
    clock.waitedMs = this.#waitedMs();
    clock.during = new Set(this.#faults);
    this.counts.set(probe, (this.counts.get(probe) ?? 0) + 1);
  }

  #note({ probe, since, during, waitedMs }: Clock, now: number): void {
    const ms = Math.round(now - since);
    if (ms < this.reportMs) return;
    const waits = this.#waitedMs().map((after, at) => {
      const before = waitedMs[at];
      const { name } = this.installation.machines[at] ?? { name: '' };
      return `${name} ${after === undefined || before === undefined ? '-' : Math.round(after - before)}`;
    });
    const load = loadavg()[0]?.toFixed(1);
    const waited = `waited for a processor, in ms: ${waits.join(', ')}; load ${load}`;
    const found = { probe, ms, at: new Date().toISOString(), during: [...during].join('; '), waited };
    this.pauses.push(found);
    if (ms > 5_000) this.report(`PAUSE of ${probe}: ${ms} ms; ${found.during}; ${waited}`);
  }

  #waitedMs(): (number | undefined)[] {
    return this.installation.machines.map((machine) => machine.waitedMs());
  }

  /** A change that may be repeated: what one creates, the next one revokes. */
  async #change(client: Connection): Promise<void> {
    const name = `probe${this.#changes++}`;
    await client.token('create_api', { name, role: 'viewer' }, { signal: AbortSignal.timeout(60_000) });
    await client.token('revoke', { name }, { signal: AbortSignal.timeout(60_000) }).catch(() => undefined);
  }
}

function read(client: Connection, msMax: number): Promise<unknown> {
  return client.tokens({ signal: AbortSignal.timeout(msMax) });
}
