// Aim: an agent that lies about its ids does no harm to the measurements of other pools. Method: the use case, with agents
// that answer at once.
import { expect, test } from 'vitest';
import { idsPerMs } from '../../common/measurements.js';
import { keys } from '../../controller/store/keys.js';
import { Measurements } from '../../controller/usecases/measurements.js';
import { Pools } from '../../controller/usecases/pools.js';
import { FakeAgents } from '../support/agents.js';
import { MemoryStore } from '../support/memory-store.js';

test.each([Number.MAX_SAFE_INTEGER, 2 ** 60, Infinity, NaN, -1])(
  'a last id of %s does not become the floor of other agents',
  async (lastId) => {
    const store = new MemoryStore();
    const floors: number[] = [];
    for (const name of ['liar', 'honest'])
      store.put(keys.pool(name), { name, address: '10.0.0.1', addedAt: '' });
    const agents = new FakeAgents({
      liar: { AppendMeasurements: () => ({ lastId }) },
      honest: {
        AppendMeasurements: ({ idFloor }) => {
          floors.push(Number(idFloor));
          return { lastId: 5_000 * idsPerMs };
        },
      },
    });
    const pools = new Pools(store, 8001);
    const measurements = new Measurements({ pools, agents, now: () => 1_000 });
    const row = { CPU: 1, memory: 2 };
    await measurements.append('resource', 'liar', [row]);
    await measurements.append('resource', 'honest', [row]);
    await measurements.append('resource', 'honest', [row]);
    expect(floors).toEqual([1_000 * idsPerMs, 5_000 * idsPerMs]);
  },
);
