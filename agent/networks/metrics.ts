/** What networks over several hosts report about this host. */
import { Counter, Gauge } from 'prom-client';
import { registry } from '../observability/metrics.js';
import { handshakeAges } from './encryption/handshakes.js';
import { encryptionOf } from './encryption/plan.js';
import { droppedPackets } from './guard-counters.js';
import type { RunProgram } from './programs.js';
import type { NetworkReconciler } from './reconciler.js';

export const networkRepairs = new Counter({
  name: 'copa_network_repairs_total',
  help: 'Steps that made this host right again after somebody changed what networks over several hosts have on it.',
  registers: [registry],
});

type Networks = Pick<NetworkReconciler, 'networks' | 'findings'>;
let source: { readonly networks: Networks; readonly run: RunProgram } | undefined;

new Gauge({
  name: 'copa_network_problems',
  help: 'Findings of this host about each of its networks over several hosts.',
  labelNames: ['network'],
  registers: [registry],
  collect() {
    this.reset();
    const { networks = [], findings = [] } = source?.networks ?? {};
    for (const { name } of networks)
      this.set({ network: name }, findings.filter(({ network }) => network === name).length);
  },
});

new Counter({
  name: 'copa_network_frames_dropped_total',
  help: 'Frames that the guard of networks over several hosts has dropped, because nobody may send them.',
  registers: [registry],
  async collect() {
    const dropped = source && source.networks.networks.length > 0 ? await droppedPackets(source.run) : 0;
    this.reset();
    this.inc(dropped);
  },
});

new Gauge({
  name: 'copa_network_handshake_age_seconds',
  help: 'How long ago this host and another one of its encrypted networks exchanged keys; at most 180 while both are up.',
  labelNames: ['host'],
  registers: [registry],
  async collect() {
    this.reset();
    const encryption = source && encryptionOf(source.networks.networks);
    if (!source || !encryption) return;
    for (const [host, ageSeconds] of await handshakeAges(source.run, encryption, Date.now()))
      this.set({ host }, ageSeconds);
  },
});

/** Exports these networks' state from now on. */
export function measureNetworks(networks: Networks, run: RunProgram): void {
  source = { networks, run };
}
