/** The networks over several hosts, and the ports of hosts that lead to containers on them: read while they are shown, and again when one has a conflict. */
import { signal } from '@preact/signals';
import { messageOf } from '../../common/errors.js';
import type { WireNetwork, WirePort } from '../model/api-types.js';
import { copa } from './copa.js';
import { onEvent } from './live.js';

/** What a host reports of a network has no event. */
const readEveryMs = 5_000;

/** Undefined before they were read; a text is the reason why they cannot be. */
export const shownNetworks = signal<readonly WireNetwork[] | string | undefined>(undefined);
export const shownPorts = signal<readonly WirePort[]>([]);

async function read(): Promise<void> {
  try {
    const [{ networks }, { ports }] = await Promise.all([copa.networks(), copa.ports()]);
    shownPorts.value = ports;
    shownNetworks.value = networks;
  } catch (error) {
    shownNetworks.value = messageOf(error);
  }
}

/** Keeps them current until the returned function is called. */
export function watchNetworks(): () => void {
  void read();
  const timer = setInterval(() => {
    if (!document.hidden) void read();
  }, readEveryMs);
  const stop = onEvent(({ type }) => {
    if (type === 'network.conflict' || type === 'port.published' || type === 'port.unpublished') void read();
  });
  return () => {
    clearInterval(timer);
    stop();
  };
}
