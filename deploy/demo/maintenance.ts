/** Empties a host and fills it again, and shows what becomes of each container. */
import { setTimeout as pause } from 'node:timers/promises';
import type { EvacuationView } from '../../controller/model/evacuation-view.js';
import type { Cluster } from '../lab/cluster.js';
import type { ShownClient } from './client.js';
import { duration, type Screen } from './screen.js';

const pollMs = 200;

export interface Shown {
  readonly cluster: Cluster;
  readonly rest: ShownClient;
  readonly screen: Screen;
}

/** Orders it and follows it to its end. Throws when anything is left. */
export async function maintain(
  { cluster, rest, screen }: Shown,
  operation: 'evacuate' | 'restore',
  pool: string,
): Promise<void> {
  const startedAt = performance.now();
  await rest.post('pools/', { operation, container_pool: pool });
  const path = `evacuations/${pool}`;
  screen.command(['curl', `${cluster.url}/${path}`]);
  const states = new Map<string, string>();
  for (;;) {
    const { status, body } = await cluster.request('GET', path);
    if (status !== 200) throw new Error(`GET /REST/${path}: ${JSON.stringify(body)}`);
    const view = body as unknown as EvacuationView;
    for (const { container, state, description } of view.containers) {
      if (states.get(container) === state) continue;
      states.set(container, state);
      screen.line(`${container}: ${description}`);
    }
    if (!view.running) {
      if (view.phase !== 'evacuated' && view.phase !== 'restored') {
        throw new Error(`the evacuation ended as ${view.phase}: ${view.message ?? ''}`);
      }
      screen.good(`Pool "${pool}" is ${view.phase} after ${duration(performance.now() - startedAt)}.`);
      return;
    }
    screen.live(`${view.phase}, ${view.done} of ${view.total} done ...`);
    await pause(pollMs);
  }
}
