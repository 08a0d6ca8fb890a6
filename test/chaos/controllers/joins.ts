// Hosts that join with tokens, and are removed: their pools are there, or gone, and each token admits one.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { joinController } from '../../../agent/enrollment/join.js';
import type { Connection } from '../../../client/index.js';
import { subnet } from '../../../deploy/lab/network.js';
import type { Random } from '../random.js';
import type { Installation } from './installation.js';
import type { Fate, Ledger } from './ledger.js';

const keptMax = 4;

export interface Joined {
  readonly address: string;
  fate: Fate;
}

export class Joins {
  readonly all = new Map<string, Joined>();
  #ended = false;
  readonly #running: Promise<void>;
  readonly #copa: Connection;

  constructor(
    private readonly installation: Installation,
    private readonly random: Random,
    private readonly ledger: Ledger,
  ) {
    this.#copa = installation.clientOf([...installation.machines].reverse());
    this.#running = this.#run();
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let count = 0; !this.#ended; count++) {
      await this.#join(count);
      const kept = [...this.all].filter(([, { fate }]) => fate === 'there');
      const [oldest] = kept;
      if (oldest && kept.length > keptMax) await this.#remove(...oldest);
      await pause(this.random.between(1_000, 4_000));
    }
  }

  async #join(count: number): Promise<void> {
    let token = '';
    await this.ledger.change('invite', async () => {
      const made = await this.#copa.token('create_join', { kind: 'join' });
      token = made.token;
    });
    if (token === '') return;
    const [host] = this.installation.lab.hosts;
    const joining = async (name: string, address: string) => {
      const identity = join(this.installation.lab.directory, 'joins', name);
      const options = { token, identity, socket: host?.lxdSocket, name, address, port: 8001, again: false };
      const outcome = await this.ledger.change(`join of ${name}`, () => joinController(options));
      await rm(identity, { recursive: true, force: true });
      if (outcome === 'done' || outcome === 'open' || outcome === 'unavailable' || outcome === 'internal')
        this.all.set(name, { address, fate: outcome === 'done' ? 'there' : 'open' });
      return outcome;
    };
    // Nobody has these addresses.
    const address = (by: number) =>
      `${subnet(this.installation.lab.index)}.${200 + by}.${1 + (count % 250)}:${9000 + Math.floor(count / 250)}`;
    const outcome = await joining(`j${count}`, address(0));
    if (outcome !== 'done' || this.random.next() < 0.7) return;
    if ((await joining(`jj${count}`, address(1))) === 'done')
      this.ledger.problem(`the token of j${count} also admitted jj${count}`);
  }

  async #remove(name: string, joined: Joined): Promise<void> {
    const outcome = await this.ledger.change(`leave of ${name}`, () =>
      this.#copa.pool('remove', { container_pool: name }),
    );
    if (outcome === 'done') joined.fate = 'gone';
    if (outcome === 'open') joined.fate = 'open';
  }
}
