/**
 * COPA's marks on a container: these `user.copa.*` keys in its own config. They exist as long as the container, survive
 * restarts of daemon and agent, and show anyone who looks what an incomplete copy is.
 *
 *   user.copa.migration   the migration that holds the container
 *   user.copa.role        source | destination
 *   user.copa.peer        the pool of the other side
 *   user.copa.uuid        on a source: its `volatile.uuid`; a copy that somebody makes of it has another one
 *   user.copa.fence       the highest fence it has seen
 *   user.copa.shutdown    on a source: "true" once its shutdown was ordered
 *   user.copa.frozen      on a source: "true" once the daemon was asked to freeze it for a pass
 *   user.copa.saved       the container's own values of what COPA overrides meanwhile, as JSON
 */
import { CopaError } from '../../common/errors.js';
import type { InstanceChange } from '../lxd/instances.js';
import { rootDisk } from '../lxd/storage.js';
import type { Devices, Instance } from '../lxd/types.js';

const prefix = 'user.copa.';

/** The config key that names the migration which holds the container. */
export const migrationKey = `${prefix}migration`;

export const roleKey = `${prefix}role`;

/**
 * The setting that makes every start fail, no matter who orders it: a person, a watchdog, autostart, or the
 * container's own reboot.
 *
 * - A kernel module that no host has: the daemon refuses the start at once, before it mounts or remaps anything. It
 *   cannot be set while the container runs, because the daemon would load the module.
 * - A hook below a device file, where no file can exist: the daemon accepts it while the container runs. Refusing a
 *   start by it takes longer, so it is only used until the container has stopped.
 *
 * Ruled out: a missing required device (`unix-char`). The daemon rejects it while the container runs, and remaps
 * files before it refuses the start. All measured on LXD 5.0.2 and Incus 6.0.4.
 */
const locks = {
  'linux.kernel_modules': { item: 'held-by-copa', separator: ',' },
  'raw.lxc': { item: 'lxc.hook.pre-start = /dev/null/held-by-copa', separator: '\n' },
} as const;
type LockKey = keyof typeof locks;
const lockKeys = Object.keys(locks) as LockKey[];

/** Stays the same when a container is renamed or restored. */
export const uuidKey = 'volatile.uuid';

/**
 * The settings that are overridden while both copies may exist (an explicit "false" wins over a profile). No daemon may
 * start the wrong copy automatically. Deletion protection must not block its removal, nor protection against other user
 * ids its first start on a host that has others. Stopping an ephemeral container must not delete it.
 */
const overrides = {
  'boot.autostart': 'false',
  'security.protection.delete': 'false',
  'security.protection.shift': 'false',
} as const;

/**
 * Protection against starts, which the move has to make: there, or here on its way back. Many daemons do not know it, so
 * it is overridden only where it is on.
 */
const startProtection = 'security.protection.start';

export type CopyRole = 'source' | 'destination';

export interface Mark {
  readonly migrationId: string;
  readonly role: CopyRole;
  readonly fence: number;
  /** The pool of the other side. */
  readonly peer?: string;
  readonly uuid?: string;
  /** The migration has ordered the container's shutdown, so the migration caused the stop. */
  readonly isShutDown?: boolean;
  /** The daemon has frozen, or may have frozen, the container for a pass of the migration. */
  readonly isFrozen?: boolean;
  /** Set while COPA overrides the start-up settings. */
  readonly saved?: Saved;
}

export interface Saved {
  readonly config: Readonly<Record<string, string | null>>;
  readonly ephemeral: boolean;
  /** The profiles' values of the locking keys, where the container has none of its own. */
  readonly inherited?: Readonly<Partial<Record<LockKey, string>>>;
  /** The devices of a copy that attach its volumes. It gets them when its volumes are complete. */
  readonly volumes?: Devices;
  /** False on a copy whose root disk comes from a profile. Incus writes a root disk into its own devices anyway. */
  readonly ownRoot?: boolean;
}

type Config = Readonly<Record<string, string>>;

const markNames: ReadonlySet<string> = new Set([
  ...['migration', 'role', 'peer', 'uuid', 'fence', 'shutdown', 'frozen', 'saved'],
  // Of a copy that an agent of version 0.1.0 has begun.
  'since',
]);

/** Whether it is COPA's own. All other keys of that prefix, for example labels, are the container's and travel with it. */
export function isMarkKey(key: string): boolean {
  return key.startsWith(prefix) && markNames.has(key.slice(prefix.length));
}

/**
 * The container's mark. Undefined without a mark, with an unreadable mark, and with a mark that was copied from
 * another container.
 */
export function markOf(instance: Pick<Instance, 'config'>): Mark | undefined {
  const mark = writtenMark(instance);
  return mark?.uuid === undefined || mark.uuid === instance.config[uuidKey] ? mark : undefined;
}

/**
 * The mark that keeps everybody but its migration from the container. A copy that was given its own settings back is
 * the container, and its mark only waits to be taken off; until the migration has decided so, the controller refuses.
 */
export function holdOn(instance: Pick<Instance, 'config'>): Mark | undefined {
  const mark = markOf(instance);
  return mark && (mark.role === 'source' || mark.saved) ? mark : undefined;
}

/** Reads the mark without checking whether it counts. */
export function writtenMark(instance: Pick<Instance, 'config'>): Mark | undefined {
  const read = (key: string) => instance.config[`${prefix}${key}`];
  const migrationId = read('migration');
  const role = read('role');
  if (migrationId === undefined || (role !== 'source' && role !== 'destination')) return undefined;
  const uuid = read('uuid');
  const peer = read('peer');
  const saved = savedIn(read('saved'));
  if (saved === 'unreadable') return undefined;
  return {
    migrationId,
    role,
    fence: Number(read('fence') ?? 0) || 0,
    ...(peer === undefined ? {} : { peer }),
    ...(uuid === undefined ? {} : { uuid }),
    ...(read('shutdown') === 'true' || (saved && isOfFirstRelease(saved)) ? { isShutDown: true } : {}),
    ...(read('frozen') === 'true' ? { isFrozen: true } : {}),
    ...(saved === undefined ? {} : { saved }),
  };
}

function savedIn(text: string | undefined): Saved | undefined | 'unreadable' {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Saved;
  } catch {
    return 'unreadable';
  }
}

/**
 * A hold of version 0.1.0. It has no lock, and its mark does not say whether the migration ordered the shutdown, because
 * that release always did.
 */
export function isOfFirstRelease({ config }: Saved): boolean {
  return lockKeys.every((key) => config[key] === undefined);
}

/** The change that removes the note of a shutdown, because somebody else has stopped the container. */
export const stoppedByOthers: InstanceChange = { config: { [`${prefix}shutdown`]: null } };

/** The config keys that mark a container. */
export function markKeys(mark: Mark): Record<string, string> {
  return {
    [`${prefix}migration`]: mark.migrationId,
    [`${prefix}role`]: mark.role,
    [`${prefix}fence`]: String(mark.fence),
    ...(mark.peer === undefined ? {} : { [`${prefix}peer`]: mark.peer }),
    ...(mark.uuid === undefined ? {} : { [`${prefix}uuid`]: mark.uuid }),
    ...(mark.isShutDown ? { [`${prefix}shutdown`]: 'true' } : {}),
    ...(mark.isFrozen ? { [`${prefix}frozen`]: 'true' } : {}),
    ...(mark.saved ? { [`${prefix}saved`]: JSON.stringify(mark.saved) } : {}),
  };
}

type Settings = Pick<Instance, 'config' | 'ephemeral' | 'expanded_config'>;

/**
 * The settings to save before COPA overrides a container's start-up settings.
 * @param effective The config with the profiles' settings.
 */
export function savedOf(
  { config, ephemeral, expanded_config: expanded }: Settings,
  effective: Config = expanded ?? config,
): Saved {
  const inherited = lockKeys.flatMap((key) => {
    const value = config[key] === undefined ? expanded?.[key] : undefined;
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    config: Object.fromEntries(
      [
        ...Object.keys(overrides),
        ...(/^(true|1|yes|on)$/i.test(effective[startProtection] ?? '') ? [startProtection] : []),
        ...lockKeys,
      ].map((key) => [key, config[key] ?? null]),
    ),
    ephemeral,
    ...(inherited.length > 0 ? { inherited: Object.fromEntries(inherited) } : {}),
  };
}

/** The overrides of a copy that does not run. A copy that its daemon starts within a stateful pass is not locked. */
export function overridesOf(saved: Saved, { locked }: { locked: boolean }): Record<string, string> {
  const key = 'linux.kernel_modules';
  return { ...overriddenBy(saved), ...(locked ? { [key]: lockedText(key, saved) } : {}) };
}

function overriddenBy({ config }: Saved): Record<string, string> {
  return { ...overrides, ...(startProtection in config ? { [startProtection]: 'false' } : {}) };
}

/**
 * The change that locks a container against every start but COPA's. It is applied again after the container has
 * stopped.
 */
export function holding(instance: Instance, mark: Mark): InstanceChange {
  const saved = completed(mark.saved, instance);
  const key = instance.status === 'Stopped' ? 'linux.kernel_modules' : 'raw.lxc';
  return {
    config: { ...overriddenBy(saved), [key]: lockedText(key, saved), ...markKeys({ ...mark, saved }) },
    ephemeral: false,
  };
}

function completed(saved: Saved | undefined, instance: Instance): Saved {
  const now = savedOf(instance);
  if (saved && !isOfFirstRelease(saved)) return withNewOverrides(saved, now);
  return { ...now, ...saved, config: { ...now.config, ...saved?.config } };
}

/** The protection against starts that a profile gives. */
export function protectionOf(saved: Saved | undefined): Config {
  return saved?.config[startProtection] === null ? { [startProtection]: 'true' } : {};
}

/** An agent of an earlier release does not override all that this one does. */
function withNewOverrides(saved: Saved, now: Saved): Saved {
  const missing = Object.keys(overrides).filter((key) => !(key in saved.config));
  if (missing.length === 0) return saved;
  const added = Object.fromEntries(missing.map((key) => [key, now.config[key] ?? null]));
  return { ...saved, config: { ...added, ...saved.config } };
}

/** Whether the container is locked against every start. */
export function isLocked({ config }: Pick<Instance, 'config'>): boolean {
  return lockKeys.some((key) => itemsOf(key, config[key]).includes(locks[key].item));
}

/** The change that removes a lock without a mark, and leaves what else is set there. */
export function withoutLock({ config }: Pick<Instance, 'config'>): InstanceChange {
  const locked = lockKeys.filter((key) => itemsOf(key, config[key]).includes(locks[key].item));
  const rest = (key: LockKey) => itemsOf(key, config[key]).filter((item) => item !== locks[key].item);
  return {
    config: Object.fromEntries(locked.map((key) => [key, rest(key).join(locks[key].separator) || null])),
  };
}

/** The change that allows a held container to start. It keeps all other overrides. */
export function unlocking(instance: Pick<Instance, 'config'>): InstanceChange {
  const saved = writtenMark(instance)?.saved;
  if (!saved) return {};
  const locked = lockKeys.filter((key) => itemsOf(key, instance.config[key]).includes(locks[key].item));
  return { config: Object.fromEntries(locked.map((key) => [key, unlockedText(key, instance, saved)])) };
}

/**
 * The change that restores a container's own settings and keeps the mark. Settings that somebody changed meanwhile
 * stay.
 */
export function unholding(instance: Pick<Instance, 'config' | 'devices'>): InstanceChange {
  const saved = writtenMark(instance)?.saved;
  if (!saved) return {};
  const root = rootDisk(instance.devices);
  const devices = Object.entries(instance.devices).filter(([, device]) => device !== root);
  const own = Object.entries(overriddenBy(saved)).filter(
    ([key, value]) => key in saved.config && instance.config[key] === value,
  );
  return {
    config: {
      ...Object.fromEntries(own.map(([key]) => [key, saved.config[key] ?? null])),
      ...unlocking(instance).config,
      [`${prefix}saved`]: null,
    },
    ephemeral: saved.ephemeral,
    ...(saved.ownRoot === false ? { devices: Object.fromEntries(devices) } : {}),
  };
}

function lockedText(key: LockKey, { config, inherited }: Saved): string {
  const { item, separator } = locks[key];
  return [...itemsOf(key, config[key] ?? inherited?.[key]), item].join(separator);
}

/** Removes the lock: restores the value from before, or keeps what somebody has changed since. */
function unlockedText(key: LockKey, { config }: Pick<Instance, 'config'>, saved: Saved): string | null {
  const { item, separator } = locks[key];
  const now = config[key];
  if (now === lockedText(key, saved)) return saved.config[key] ?? null;
  const others = itemsOf(key, now).filter((each) => each !== item);
  return others.length > 0 ? others.join(separator) : null;
}

function itemsOf(key: LockKey, text: string | null | undefined): string[] {
  return (text ?? '').split(locks[key].separator).filter((item) => item.trim() !== '');
}

/** The change that removes every mark and restores overridden start-up settings. */
export function unmarking(instance: Pick<Instance, 'config' | 'devices'>): InstanceChange {
  const marks = Object.keys(instance.config).filter(isMarkKey);
  const back = unholding(instance);
  return {
    ...back,
    config: { ...back.config, ...Object.fromEntries(marks.map((key) => [key, null])) },
  };
}

/** The config of a container or snapshot without any mark. */
export function unmarkedConfig(config: Config): Record<string, string> {
  const change = unmarking({ config, devices: {} }).config ?? {};
  return Object.fromEntries(
    Object.entries({ ...config, ...change }).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

/** Throws `aborted` when the container has seen a newer fence than the command's. */
export function checkFence(container: string, seen: number, fence: number): void {
  if (fence >= seen) return;
  throw new CopaError(
    'aborted',
    `container "${container}": this command (fence ${fence}) comes from a controller that another one (fence ${seen}) has replaced`,
  );
}
