// What must hold at every write of a record: no host copies or cuts over more than it ever had slots for, the record and
// the keys of its slots agree, and nobody overtakes one who waited and could have gone.
import { decodeHost } from '../../controller/model/host.js';
import { decodeRecord, hasEnded, type MigrationRecord } from '../../controller/model/migration.js';
import { defaultLimits, slotKinds, type SlotKind } from '../../controller/model/slots.js';
import { keys } from '../../controller/store/keys.js';
import type { Change } from '../../controller/store/entry.js';
import type { World } from './world.js';

/** In these phases a running container needs its slots, unless a host does not answer. */
const needs: Readonly<Partial<Record<MigrationRecord['phase'], SlotKind>>> = {
  claimed: 'copy',
  copied: 'cutover',
  stopped: 'cutover',
  synced: 'cutover',
  verified: 'cutover',
};

/** A controller learns of a change so much later than etcd, at most. */
const lateMsMax = 20_000;

export function slotWatcher(world: World): { prefix: string; tell: (change: Change) => void } {
  const most = new Map<string, number>();
  const before = new Map<string, MigrationRecord>();
  /** Gave its slots to others while a host did not answer, and goes on without them when the host is back. */
  const released = new Set<string>();
  const note = (host: string) => {
    const entry = world.etcd.entries.get(keys.pool(host));
    const limits = (entry && decodeHost(entry).limits) ?? defaultLimits;
    for (const kind of slotKinds) {
      const name = `${host} ${kind}`;
      most.set(name, Math.max(most.get(name) ?? defaultLimits[kind], limits[kind]));
    }
  };
  const look = (record: MigrationRecord) => {
    const { id, phase, slots, waitingFor } = record;
    const was = before.get(id);
    before.set(id, record);
    const wanted = needs[phase];
    // One that was stopped when it had its turn already keeps what it has.
    const allowed = record.wasRunning ? [wanted] : [wanted && 'copy', wanted];
    if (phase === 'verified' && waitingFor && !slots) released.add(id);
    const isReleased = phase === 'verified' && !slots && released.has(id);
    const isRight = wanted === undefined || allowed.includes(slots?.kind) || isReleased;
    if (!isRight && was?.phase !== 'found' && !waitingFor && !was?.waitingFor) {
      world.report(`migration ${id} is ${phase} with the slots of ${slots?.kind ?? 'nothing'}`);
    }
    for (const key of slots?.keys ?? []) {
      const holder = world.etcd.entries.get(key)?.value as { migration?: string } | undefined;
      if (holder && holder.migration !== id)
        world.report(`migrations ${id} and ${holder.migration} share ${key}`);
    }
    for (const { name, kind, count } of held(world.records())) {
      if (count > (most.get(name) ?? defaultLimits[kind]))
        world.report(`${count} migrations at a time: ${name}`);
    }
    if (slots && slots.kind !== was?.slots?.kind) overtaken(world, record, slots.kind);
  };
  return {
    prefix: '/copa/',
    tell: (change) => {
      if (change.type !== 'put') return;
      for (const host of world.hosts.keys()) if (change.key === keys.pool(host)) note(host);
      if (change.key.startsWith(keys.migrations)) look(decodeRecord(change.value));
    },
  };
}

function held(records: readonly MigrationRecord[]): { name: string; kind: SlotKind; count: number }[] {
  const counts = new Map<string, { name: string; kind: SlotKind; count: number }>();
  for (const { phase, slots, source, destination } of records) {
    if (!slots || hasEnded(phase)) continue;
    for (const host of [source, destination]) {
      const name = `${host} ${slots.kind}`;
      counts.set(name, { name, kind: slots.kind, count: (counts.get(name)?.count ?? 0) + 1 });
    }
  }
  return [...counts.values()];
}

/** One of the same hosts and a higher priority that has been waiting for a while goes first. */
function overtaken(world: World, taker: MigrationRecord, kind: SlotKind): void {
  const now = world.timeline.now();
  for (const record of world.records()) {
    const { id, options, phase, slots, copy, createdAt, readyAt } = record;
    const isSame = record.source === taker.source && record.destination === taker.destination;
    const isHigher = (options.priority ?? 0) > (taker.options.priority ?? 0);
    const since = kind === 'copy' ? createdAt : readyAt;
    const waits = kind === 'copy' ? phase === 'accepted' && !slots : phase === 'claimed' && copy === 'whole';
    if (id === taker.id || !isSame || !isHigher || !waits || since === undefined) continue;
    if (now - Date.parse(since) > lateMsMax + world.etcd.silentMs) {
      world.report(`migration ${taker.id} takes slots to ${kind} before ${id}, which has a higher priority`);
    }
  }
}
