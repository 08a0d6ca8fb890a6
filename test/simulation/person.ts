// A user with `lxc` on a host, independent of COPA. Everything that the daemon allows is done.
import { isCopaError } from '../../common/errors.js';
import type { PersonAct } from './history.js';
import type { World } from './world.js';

export function act(world: World, what: PersonAct, hostName: string, name: string): void {
  const { daemon } = world.host(hostName);
  const instance = daemon.instances.get(name);
  if (!instance || !daemon.process.isAlive) return;
  const path = `/1.0/instances/${name}`;
  const put = (body: object) => daemon.handle({ method: 'PUT', path, body, etag: String(instance.etag) });
  const state = (action: string, force = false) =>
    daemon.handle({ method: 'PUT', path: `${path}/state`, body: { action, timeout: 30, force } });
  const { container } = instance;
  try {
    switch (what) {
      case 'start':
        state('start');
        container.isStoppedByPerson = false;
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
        return;
      case 'snapshot':
        daemon.handle({ method: 'POST', path: `${path}/snapshots`, body: { name: 'mine' } });
        return;
      case 'rename':
        daemon.handle({ method: 'POST', path, body: { name: `${name}-mine` } });
        return;
      case 'delete':
        daemon.handle({ method: 'DELETE', path });
        container.isDeletedByPerson = true;
    }
  } catch (error) {
    if (!isCopaError(error)) throw error;
  }
}
