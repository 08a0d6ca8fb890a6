// Containers that are created, started and deleted again, each name once: what was acknowledged is there once, or gone.
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '../../../client/index.js';
import type { Host } from '../../../deploy/lab/host.js';
import type { Random } from '../random.js';
import type { Fate, Ledger } from './ledger.js';

/** How many there are at a time. */
const keptMax = 6;

export interface Created {
  readonly pool: string;
  fate: Fate;
  /** Acknowledged as started; null: unknown. */
  runs: boolean | null;
}

export class Creates {
  readonly all = new Map<string, Created>();
  #ended = false;
  readonly #running: Promise<void>;

  constructor(
    private readonly copa: Connection,
    private readonly about: {
      readonly hosts: readonly Host[];
      readonly random: Random;
      readonly ledger: Ledger;
    },
  ) {
    this.#running = this.#run();
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const { random, hosts } = this.about;
    for (let count = 0; !this.#ended; count++) {
      await this.#create(`n${lettersOf(count)}`, random.pick(hosts).name);
      const kept = [...this.all].filter(([, { fate }]) => fate === 'there');
      const [oldest] = kept;
      if (oldest && kept.length > keptMax) await this.#remove(...oldest);
      await pause(random.between(500, 3_000));
    }
  }

  async #create(name: string, pool: string): Promise<void> {
    const { ledger, random } = this.about;
    const at = { container_pool: pool, container_name: name };
    const outcome = await ledger.change(`create of ${name} on ${pool}`, () =>
      this.copa.container('create', { ...at, image_type: 'tiny' }, { signal: AbortSignal.timeout(90_000) }),
    );
    // The name is new: whoever has it already was made by this one request before.
    if (outcome !== 'done' && outcome !== 'open') return;
    const created: Created = { pool, fate: outcome === 'done' ? 'there' : 'open', runs: false };
    this.all.set(name, created);
    if (outcome !== 'done' || random.next() < 0.5) return;
    const started = await ledger.change(`start of ${name}`, () =>
      this.copa.container('start', at, { signal: AbortSignal.timeout(90_000) }),
    );
    created.runs = started === 'done' ? true : started === 'open' ? null : false;
  }

  async #remove(name: string, created: Created): Promise<void> {
    const { ledger } = this.about;
    const at = { container_pool: created.pool, container_name: name };
    const signal = AbortSignal.timeout(90_000);
    if (created.runs !== false) {
      const expected = created.runs === null ? ['not_found'] : [];
      const outcome = await ledger.change(
        `stop of ${name}`,
        () => this.copa.container('stop', { ...at, stop_timeout: 30 }, { signal }),
        expected,
      );
      created.runs = outcome === 'done' ? false : null;
      if (outcome === 'open') return;
    }
    const outcome = await ledger.change(`delete of ${name}`, () =>
      this.copa.container('delete', at, { signal }),
    );
    if (outcome === 'done') created.fate = 'gone';
    if (outcome === 'open') created.fate = 'open';
  }
}

/** Control groups of containers append digits themselves. */
function lettersOf(count: number): string {
  const last = String.fromCharCode(97 + (count % 26));
  return count < 26 ? last : lettersOf(Math.floor(count / 26) - 1) + last;
}
