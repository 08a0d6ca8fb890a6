// Clients that create, remove and read pools and tokens of a few names, and what they were told, for the checker. The names
// change with time: what is checked together must not grow without limit.
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '../../../client/index.js';
import { isCopaError, messageOf } from '../../../common/errors.js';
import { contradictionsByKey, describeContradiction } from '../../linearizability/checker.js';
import { recordModel, type RecordInput, type RecordOutput } from '../../linearizability/models.js';
import { Recorder } from '../../linearizability/recorder.js';
import type { Random } from '../random.js';
import type { Ledger } from './ledger.js';

const names = ['a', 'b', 'c', 'd'];

/** How long the same names are used. */
const epochMs = 30_000;

/** What a controller may refuse with, so that nothing is recorded. */
const refusals = ['resource_exhausted', 'failed_precondition'];

type Records = Recorder<RecordInput, RecordOutput>;

export class RecordClients {
  readonly #pools: Records = new Recorder();
  readonly #tokens: Records = new Recorder();
  readonly #startedAt = performance.now();
  #ended = false;
  readonly #running: Promise<unknown>;
  #count = 0;

  constructor(
    clients: readonly Connection[],
    private readonly random: Random,
    private readonly ledger: Ledger,
  ) {
    this.#running = Promise.all(clients.map((copa, at) => this.#run(`r${at}`, copa)));
  }

  get size(): number {
    return this.#pools.history.length + this.#tokens.history.length;
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#running;
  }

  /** What no order of the requests explains. */
  contradictions(): string[] {
    return [this.#pools, this.#tokens].flatMap(({ history }) =>
      [...contradictionsByKey(recordModel, history, ({ key }) => key)].map(
        ([key, found]) => `${key}: ${describeContradiction(found)}`,
      ),
    );
  }

  async #run(client: string, copa: Connection): Promise<void> {
    while (!this.#ended) {
      await this.#act(client, copa).catch((error: unknown) => {
        if (!isCopaError(error) || !refusals.includes(error.code))
          this.ledger.problem(`a request of ${client}: ${messageOf(error)}`);
        this.ledger.count('record refused');
      });
      await pause(this.random.between(50, 400));
    }
  }

  async #act(client: string, copa: Connection): Promise<void> {
    const { random } = this;
    const epoch = Math.floor((performance.now() - this.#startedAt) / epochMs);
    const all = names.map((each) => `${each}${epoch}`);
    const key = random.pick(all);
    const [name, does] = [`x${key}`, random.pick(['create', 'delete', 'read'] as const)];
    const isPool = random.next() < 0.5;
    const recorder = isPool ? this.#pools : this.#tokens;
    if (does === 'read') {
      const inputs = all.map((each): RecordInput => ({ key: each, do: 'read' }));
      await recorder.run(client, inputs, () => (isPool ? poolsAt(copa) : tokensAt(copa)), {
        of: (seen, input) => ({ seen: seen.get(`x${input.key}`) ?? null }),
      });
      return;
    }
    const value = addressOf(this.#count++);
    const input: RecordInput = does === 'create' ? { key, do: does, value } : { key, do: does };
    const change = () => {
      if (isPool && does === 'create') return copa.pool('add', { container_pool: name, ip: value });
      if (isPool) return copa.pool('remove', { container_pool: name });
      if (does === 'create') return copa.token('create_api', { name, role: 'viewer', pools: `p${value}` });
      return copa.token('revoke', { name });
    };
    const refused = (code: string): RecordOutput | undefined =>
      code === 'already_exists' || code === 'not_found' ? code : undefined;
    const done = await recorder.run<unknown>(client, [input], change, { of: () => 'done', refused });
    this.ledger.count(`record ${done === undefined ? 'not done' : 'done'}`);
  }
}

/** Every value once: an address of loopback, where no agent is. */
function addressOf(count: number): string {
  return `127.${1 + ((count >> 16) & 255)}.${(count >> 8) & 255}.${count & 255}`;
}

async function poolsAt(copa: Connection): Promise<Map<string, string>> {
  return new Map((await copa.pools()).pools.map(([name = '', address = '']) => [name, address]));
}

async function tokensAt(copa: Connection): Promise<Map<string, string>> {
  return new Map((await copa.tokens()).tokens.map(({ name, pools }) => [name, (pools?.[0] ?? '').slice(1)]));
}
