// Runs one history to its end and checks the final state.
import { migrationKey } from '../../agent/model/marks.js';
import { parkingOf } from '../../agent/model/parking.js';
import { CopaError } from '../../common/errors.js';
import { choicesOf } from '../../controller/migration/resolution.js';
import { hasEnded } from '../../controller/model/migration.js';
import { isAway, isRunning } from '../../controller/model/evacuation.js';
import { keys } from '../../controller/store/keys.js';
import { bringBack, evacuationsOf, order } from './evacuations.js';
import type { HistoryEvent, History } from './history.js';
import { act } from './person.js';
import { Container, type Instance } from './containers.js';
import { World } from './world.js';

/** Time limit for the rest after the last fault. */
const recoveryMs = 3 * 3600_000;

export interface Outcome {
  /** The violated invariants; empty when there are none. */
  readonly violations: readonly string[];
  /** How the migrations ended. */
  readonly ends: readonly string[];
}

export async function run({ settings, events }: History): Promise<Outcome> {
  const world = new World(settings);
  for (const event of events) world.timeline.after(event.atMs, () => happen(world, event));
  const lastMs = Math.max(0, ...events.map((event) => event.atMs + ('forMs' in event ? event.forMs : 0)));
  const isWrong = () => world.violations.length > 0;
  await world.timeline.run(isWrong, lastMs + settings.network.lateMsMax + 1_000);
  heal(world);
  const isOver = whenQuiet(world);
  // Late messages have arrived, and periodic checks have run.
  await world.timeline.run(isWrong, 30_000);
  if (!(await world.timeline.run(isOver, recoveryMs))) {
    const open = world.records().filter(({ phase }) => !hasEnded(phase));
    for (const { id, phase, waitingFor } of open) {
      world.report(`migration ${id} does not end (${phase}): ${waitingFor?.message ?? 'nobody says why'}`);
    }
    for (const { pool, phase } of evacuationsOf(world).filter(isRunning))
      world.report(`the evacuation of ${pool} does not end (${phase})`);
  }
  await world.timeline.run(isWrong, settings.network.lateMsMax + 60_000);
  if (settings.evacuations) await bringAllBack(world, isWrong);
  if (!isWrong()) inspect(world);
  for (const slot of [...world.controllers.keys()]) world.stopController(slot);
  for (const { agent } of world.hosts.values()) agent.process.kill();
  return { violations: world.violations, ends: world.records().map(({ phase }) => phase) };
}

/** Whether something is wrong or nothing goes on. It reads the store only after a change. */
function whenQuiet(world: World): () => boolean {
  let revision = 0;
  let isQuiet = false;
  return () => {
    if (revision !== world.etcd.revision) {
      revision = world.etcd.revision;
      isQuiet =
        world.records().every(({ phase }) => hasEnded(phase)) && !evacuationsOf(world).some(isRunning);
    }
    return isQuiet || world.violations.length > 0;
  };
}

/** Everything works now: what is away comes back. */
async function bringAllBack(world: World, isWrong: () => boolean): Promise<void> {
  for (const { daemon } of world.hosts.values()) daemon.behavior.stubborn = 0;
  const rounds = 10;
  for (
    let round = 1;
    round <= rounds && bringBack(world, (work) => void work.catch(expected(world)));
    round++
  ) {
    await world.timeline.run(isWrong, 10_000);
    await world.timeline.run(whenQuiet(world), recoveryMs);
  }
  for (const { pool, phase, message, items } of evacuationsOf(world)) {
    if (isRunning({ phase }) || items.some(isAway)) {
      const away = items
        .filter(isAway)
        .map(({ container, state, message: why }) => `${container} (${state}: ${why ?? ''})`);
      world.report(`${pool} is not restored: ${phase}, ${message ?? ''}; ${away.join(', ')}`);
    }
  }
  await world.timeline.run(isWrong, 10_000);
}

function happen(world: World, event: HistoryEvent): void {
  const later = (work: () => void) => world.timeline.after('forMs' in event ? event.forMs : 0, work);
  switch (event.do) {
    case 'migrate':
      migrate(world, event);
      return;
    case 'cancel':
      cancel(world, event);
      return;
    case 'kill controller': {
      const known = world.controllers.get(event.controller);
      if (!known) return;
      world.stopController(event.controller);
      later(() => world.startController(event.controller, known.id));
      return;
    }
    case 'freeze controller':
      world.disturbances++;
      world.controllers.get(event.controller)?.process.freeze(event.forMs);
      return;
    case 'restart agent':
      world.host(event.host).agent.process.kill();
      later(() => world.restartAgent(event.host));
      return;
    case 'freeze agent':
      world.host(event.host).agent.process.freeze(event.forMs);
      return;
    case 'kill daemon':
    case 'reboot host':
      restart(world, event, later);
      return;
    case 'freeze daemon':
      world.host(event.host).daemon.process.freeze(event.forMs);
      return;
    case 'fail starts':
      world.host(event.host).daemon.behavior.startsFail = true;
      later(() => (world.host(event.host).daemon.behavior.startsFail = false));
      return;
    case 'cut':
      world.cut(event.a, event.b, event.forMs);
      return;
    case 'silence etcd':
      world.disturbances += world.controllers.size;
      world.etcd.silence(event.forMs);
      return;
    case 'lose etcd':
      world.loseEtcd();
      return;
    case 'restore etcd':
      world.restoreEtcd(event.forMs);
      return;
    case 'resolve':
      resolve(world, event);
      return;
    case 'copy mark':
      copyMark(world, event.host, event.container);
      return;
    case 'evacuate':
    case 'restore':
    case 'cancel evacuation':
      order(world, event).catch(expected(world));
      return;
    case 'limit':
      world.limit(event.host, event.limits);
      return;
    case 'remove pool':
      world.controllers
        .get(event.controller)
        ?.pools.remove(event.host)
        .then(() => forgetParked(world, event.host))
        .catch(expected(world));
      return;
    case 'person':
      act(world, event.act, event.host, event.container);
  }
}

function restart(
  world: World,
  event: HistoryEvent & { readonly do: 'kill daemon' | 'reboot host' },
  later: (work: () => void) => void,
): void {
  const { daemon, agent } = world.host(event.host);
  const isReboot = event.do === 'reboot host';
  if (!daemon.process.isAlive) return;
  daemon.kill();
  if (isReboot) {
    agent.process.kill();
    for (const instance of daemon.instances.values()) instance.container.stop(instance, undefined);
  }
  later(() => {
    daemon.start(isReboot);
    if (isReboot) world.restartAgent(event.host);
  });
}

function migrate(world: World, event: HistoryEvent & { readonly do: 'migrate' }): void {
  const {
    container,
    from: source,
    to: destination,
    keepSourceAs,
    passesMax,
    force,
    onCheckFailure,
    priority = 0,
  } = event;
  const options = {
    stopTimeoutSeconds: 10,
    force,
    live: false,
    passesMax,
    bytesPerSecondMax: 0,
    compress: false,
    keepSourceAs,
    settleSeconds: 2,
    ...(onCheckFailure
      ? { check: { target: 'tcp://:80', timeoutMs: 5_000, onFailure: onCheckFailure } }
      : {}),
    priority,
  };
  world.controllers
    .get(event.controller)
    ?.service.migrate({ container, source, destination, options })
    .catch(expected(world));
}

function cancel(world: World, event: HistoryEvent & { readonly do: 'cancel' }): void {
  const open = world
    .records()
    .find((record) => record.container === event.container && !hasEnded(record.phase));
  if (open) world.controllers.get(event.controller)?.service.cancel(open.id).catch(expected(world));
}

/**
 * A person decides for a host that is gone for good, as far as she knows. What she was warned of (two may run if the
 * other host was only cut off) is hers: she looks, and decides only when that host's copy does not run.
 */
function resolve(world: World, event: HistoryEvent & { readonly do: 'resolve' }): void {
  const open = world
    .records()
    .find((record) => record.container === event.container && record.waitingFor && !hasEnded(record.phase));
  if (!open) return;
  const [choice] = choicesOf(open);
  if (!choice) return;
  const loser = world.host(choice.keep === 'source' ? open.destination : open.source);
  const copy = loser.daemon.instances.get(open.container);
  const mayRun = copy && (copy.status !== 'Stopped' || !('linux.kernel_modules' in copy.config));
  if (mayRun) return;
  const container = world.containers.get(open.container);
  world.controllers
    .get(event.controller)
    ?.service.resolve(open.id, choice.keep)
    .then(() => container && (container.isStoppedByPerson = true))
    .catch(expected(world));
}

/** Somebody copies a container by `lxc copy`: its config comes along, marks and locks too, but not its identity. */
function copyMark(world: World, host: string, name: string): void {
  const { daemon } = world.host(host);
  const original = daemon.instances.get(name);
  const copyName = `${name}-copy`;
  if (!original || !daemon.process.isAlive || daemon.instances.has(copyName)) return;
  const container = new Container(copyName, (violation) => world.report(violation));
  world.containers.set(copyName, container);
  daemon.add(container, 'Stopped', 1, { ...original.config, 'volatile.uuid': `${copyName}-uuid` });
}

/** What an evacuation has stopped there is forgotten with the pool. */
function forgetParked(world: World, host: string): void {
  for (const instance of world.host(host).daemon.instances.values()) {
    if (parkingOf(instance)) instance.container.isStoppedByPerson = true;
  }
}

/** A request may be refused. It must not fail because of a bug. */
function expected(world: World): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof CopaError)) world.report(`bug: ${(error as Error).stack ?? String(error)}`);
  };
}

/** All parts work again. */
function heal(world: World): void {
  for (const [name, { daemon, agent }] of world.hosts) {
    daemon.behavior.startsFail = false;
    if (!daemon.process.isAlive) daemon.start();
    if (!agent.process.isAlive) world.restartAgent(name);
    if (!world.etcd.entries.has(keys.pool(name))) world.addPool(name);
  }
  for (const { slot, id } of world.settings.controllers) {
    if (!world.controllers.has(slot)) world.startController(slot, id);
  }
}

function changesOf({ config, snapshots }: Instance): string[] {
  return [
    ...Object.keys(config).map((key) => `config ${key}`),
    ...snapshots.map((snapshot) => `snapshot ${snapshot}`),
  ];
}

/** The invariants at rest. */
function inspect(world: World): void {
  for (const [host, { daemon }] of world.hosts) {
    for (const instance of daemon.instances.values()) {
      const migration = instance.config[migrationKey];
      if (migration !== undefined)
        world.report(`${instance.name} on ${host} is marked by migration ${migration}, which has ended`);
    }
  }
  for (const [host, { daemon }] of world.hosts) {
    for (const { name, config } of daemon.volumes.all.values()) {
      const migration = config[migrationKey];
      if (migration !== undefined)
        world.report(`volume ${name} on ${host} is marked by migration ${migration}, which has ended`);
    }
  }
  for (const { name, isRunning: runs } of world.settings.containers) {
    const container = world.containers.get(name);
    if (!container || container.isDeletedByPerson) continue;
    const names = container.isRenamedByPerson ? [name, `${name}-mine`] : [name];
    const all = [...container.copies].filter(([instance]) => names.includes(instance.name));
    const where = all.map(([instance, host]) => `${host} (${instance.status})`).join(', ');
    if (all.length !== 1) world.report(`${name} is on ${all.length} hosts: ${where}`);
    const [only] = all[0] ?? [];
    if (!only) continue;
    if (only.data !== container.newest) world.report(`${name} has old data on ${where}`);
    for (const change of world.etcd.wasReplaced ? [] : container.changes) {
      if (!changesOf(only).includes(change))
        world.report(`${name} on ${where} lacks a user's change: ${change}`);
    }
    const host = container.copies.get(only) ?? '';
    if (container.volumeOf && container.volumeOf(only, host)?.data !== container.newest) {
      world.report(`the volume of ${name} is missing or old on ${where}`);
    }
    if (runs && !container.isStoppedByPerson && only.status !== 'Running') {
      world.report(`${name} ran, and does not run on ${where}`);
    }
  }
  const busy = ['busy', 'uses', 'slots', 'evacuation-claims'].flatMap((kind) =>
    world.etcd.below(`/copa/${kind}/`),
  );
  if (busy.length > 0) world.report(`names stay reserved: ${busy.map(({ key }) => key).join(', ')}`);
}
