/** The removal of a pool: it leaves its networks over several hosts first, so that nothing of them stays on its host. */
import type { Departures } from '../networks/departures.js';
import type { Pools } from './pools.js';

export class PoolRemoval {
  constructor(
    private readonly pools: Pick<Pools, 'remove'>,
    private readonly departures: Pick<Departures, 'leave' | 'stay'>,
  ) {}

  /** Returns what stays on its host, and how to clean it; undefined when nothing does. */
  async remove(pool: string): Promise<string | undefined> {
    let left: readonly string[];
    try {
      left = await this.departures.leave(pool);
      await this.pools.remove(pool);
    } catch (error) {
      await this.departures.stay(pool);
      throw error;
    }
    if (left.length === 0) return undefined;
    const which = left.map((name) => `"${name}"`).join(', ');
    return `host "${pool}" keeps what was made for network ${which}, because it did not confirm that it has removed it: there, "systemctl disable --now copa-agent" and "copa doctor agent --repair" take it away`;
  }
}
