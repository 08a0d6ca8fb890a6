// A user with `lxc` on a host, independent of COPA. Everything that the daemon allows is done.
import { migrationKey } from '../../agent/model/marks.js';
import { isCopaError } from '../../common/errors.js';
import { hasEnded, type Phase } from '../../controller/model/migration.js';
import type { Instance } from './containers.js';
import type { PersonAct } from './history.js';
import type { World } from './world.js';

export function act(world: World, what: PersonAct, host: string, name: string): void {
  const [hostName = host] = host === '' ? placesOf(world, name) : [host];
  if (hostName === '') return;
  const { daemon } = world.host(hostName);
  const instance = daemon.instances.get(name);
  if (!instance || !daemon.process.isAlive) return;
  const path = `/1.0/instances/${name}`;
  const put = (body: object) => daemon.handle({ method: 'PUT', path, body, etag: String(instance.etag) });
  const state = (action: string, force = false) =>
    daemon.handle({ method: 'PUT', path: `${path}/state`, body: { action, timeout: 30, force } });
  const { container } = instance;
  container.touchedAtMs = world.timeline.now();
  const keep = (change: string) => {
    if (isTheContainer(world, hostName, name)) container.changes.add(change);
  };
  try {
    switch (what) {
      case 'start':
        state('start');
        // Unless the daemon dies before it has started it.
        world.timeline.after(startedMs, () => {
          if (instance.status !== 'Stopped') container.isStoppedByPerson = false;
        });
        return;
      case 'stop':
        state('stop', true);
        container.isStoppedByPerson = true;
        return;
      case 'freeze':
      case 'unfreeze':
        state(what);
        container.isStoppedByPerson = true;
        return;
      case 'config set':
        put({ ...instance, config: { ...instance.config, 'user.note': 'mine' } });
        // Of two changes at the same moment the daemon itself loses one.
        world.timeline.after(settledMs, () => {
          if (instance.config['user.note'] === 'mine') keep('config user.note');
        });
        return;
      case 'snapshot':
        daemon.handle({ method: 'POST', path: `${path}/snapshots`, body: { name: 'mine' } });
        keep('snapshot mine');
        return;
      case 'rename':
        if (instance.config[migrationKey] !== undefined) return;
        daemon.handle({ method: 'POST', path, body: { name: `${name}-mine` } });
        container.isRenamedByPerson = container.isStoppedByPerson = true;
        return;
      case 'move':
        move(world, hostName, instance);
        return;
      case 'delete':
        daemon.handle({ method: 'DELETE', path });
        container.isDeletedByPerson = true;
    }
  } catch (error) {
    if (!isCopaError(error)) throw error;
  }
}

/** By `lxc move` to a host that has no container of that name. It is stopped then. */
function move(world: World, from: string, instance: Instance): void {
  const { container, name, data, config, snapshots } = instance;
  const to = [...world.hosts].find(([host, { daemon }]) => host !== from && !daemon.instances.has(name));
  const isHeld = config[migrationKey] !== undefined || config['security.protection.delete'] === 'true';
  if (!to?.[1].daemon.process.isAlive || isHeld || instance.status !== 'Stopped' || data < 0) return;
  world.host(from).daemon.drop(instance);
  to[1].daemon.add(container, 'Stopped', data, { ...config }).snapshots = snapshots;
  container.isStoppedByPerson = true;
}

/** The daemon has taken a change, and no other one that began before it is still to come. */
const settledMs = 200;

/** The longest start of a model daemon. */
const startedMs = 700;

/** Phases in which a change of the source still arrives. Later ones are after the last look at it. */
const beforeTheLastLook: readonly Phase[] = ['accepted', 'claimed', 'copied', 'stopped', 'synced'];

/** Whether a change made on this host is one of the container itself, and not of a copy that another one replaces. */
function isTheContainer(world: World, host: string, name: string): boolean {
  const open = world.records().find(({ container, phase }) => container === name && !hasEnded(phase));
  if (open) return open.source === host && beforeTheLastLook.includes(open.phase);
  return placesOf(world, name).length === 1;
}

function placesOf(world: World, name: string): string[] {
  return [...world.hosts].flatMap(([host, { daemon }]) => (daemon.instances.has(name) ? [host] : []));
}
