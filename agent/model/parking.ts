/**
 * The mark of a container that an evacuation has stopped: `user.copa.parked`, with the evacuation and the container's own
 * `boot.autostart`, which is overridden meanwhile. A daemon starts a container at its own start if `boot.autostart` is
 * true, or if it is not set and the container ran when the daemon stopped. "false" rules out both.
 *
 * It does not keep people from starting the container, and a copy or a moved container does not get it.
 */
import type { InstanceChange } from '../lxd/instances.js';
import type { Instance } from '../lxd/types.js';

const parkedKey = 'user.copa.parked';
const startKey = 'boot.autostart';

interface Parking {
  readonly evacuation: string;
  /** Its own value; null: none. */
  readonly autostart: string | null;
}

type Config = Readonly<Record<string, string>>;

/** Undefined without a readable mark. */
export function parkingOf({ config }: Pick<Instance, 'config'>): Parking | undefined {
  try {
    const parking = JSON.parse(config[parkedKey] ?? 'null') as Partial<Parking> | null;
    if (typeof parking?.evacuation !== 'string') return undefined;
    const { evacuation, autostart } = parking;
    return { evacuation, autostart: typeof autostart === 'string' ? autostart : null };
  } catch {
    return undefined;
  }
}

/** The change that keeps the daemon from starting it; undefined when it was made before. */
export function parking(instance: Pick<Instance, 'config'>, evacuation: string): InstanceChange | undefined {
  const before = parkingOf(instance);
  if (before?.evacuation === evacuation && instance.config[startKey] === 'false') return undefined;
  const autostart = before ? before.autostart : (instance.config[startKey] ?? null);
  return { config: { [parkedKey]: JSON.stringify({ evacuation, autostart }), [startKey]: 'false' } };
}

/** The change that gives it its own setting back. A setting that somebody has changed meanwhile stays. */
export function unparking({ config }: Pick<Instance, 'config'>): InstanceChange | undefined {
  if (config[parkedKey] === undefined) return undefined;
  const autostart = parkingOf({ config })?.autostart ?? null;
  return {
    config: { [parkedKey]: null, ...(config[startKey] === 'false' ? { [startKey]: autostart } : {}) },
  };
}

/** The config of a container as it is without the mark. */
export function unparkedConfig(config: Config): Record<string, string> {
  const all = { ...config, ...unparking({ config })?.config };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}
