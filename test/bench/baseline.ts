// The baseline: `lxc move` between the two daemons, with their default settings. It needs the daemons' TCP ports,
// which are open only during each of its moves, and only inside the lab's network.
import { randomBytes } from 'node:crypto';
import type { Host } from '../../deploy/lab/host.js';

const port = 8443;

/** Registers each other's daemons with the hosts' clients, then closes the ports again. */
export async function introduce(one: Host, other: Host): Promise<void> {
  for (const [here, there] of [
    [one, other],
    [other, one],
  ] as const) {
    const password = randomBytes(16).toString('hex');
    await there.lxc('config', 'set', 'core.https_address', `${there.address}:${port}`);
    await there.lxc('config', 'set', 'core.trust_password', password);
    await here.lxc(
      'remote',
      'add',
      there.name,
      `${there.address}:${port}`,
      '--accept-certificate',
      '--password',
      password,
    );
    await there.lxc('config', 'unset', 'core.trust_password');
    await there.lxc('config', 'unset', 'core.https_address');
  }
}

/** Moves a container from `from` to `to` with the ports open, and returns how long the move took, in ms. */
export async function lxcMove(
  from: Host,
  to: Host,
  container: string,
  mode: 'pull' | 'relay',
  work: (move: () => Promise<void>) => Promise<void> = (move) => move(),
): Promise<number> {
  const close = await openPorts([from, to]);
  try {
    let ms = 0;
    await work(async () => {
      const started = performance.now();
      await from.lxc('move', container, `${to.name}:${container}`, '--mode', mode);
      ms = performance.now() - started;
    });
    return ms;
  } finally {
    await close();
  }
}

/** Opens the daemons' TCP ports. Returns what closes them. */
export async function openPorts(hosts: readonly Host[]): Promise<() => Promise<void>> {
  await Promise.all(
    hosts.map((host) => host.lxc('config', 'set', 'core.https_address', `${host.address}:${port}`)),
  );
  return async () => {
    await Promise.all(hosts.map((host) => host.lxc('config', 'unset', 'core.https_address')));
  };
}
