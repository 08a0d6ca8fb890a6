/**
 * COPA's marks on a container: `user.copa.*` keys in its own config, so that they live and die with it,
 * survive every daemon and agent, and tell anyone who looks what a half-made copy is.
 *
 *   user.copa.migration   the migration that holds the container
 *   user.copa.role        source | destination
 *   user.copa.uuid        on a source: its `volatile.uuid`; a copy that somebody makes of it has another one
 *   user.copa.fence       the highest fence it has seen
 *   user.copa.shutdown    on a source: "true" once its shutdown was ordered
 *   user.copa.frozen      on a source: "true" once the daemon was asked to freeze it for a pass
 *   user.copa.since       on a copy: when copying began, by the source's clock, in milliseconds since 1970
 *   user.copa.saved       the container's own values of what COPA overrides meanwhile, as JSON
 */
import { CopaError } from '../../common/errors.js';
import type { InstanceChange } from '../lxd/instances.js';
import { rootDisk } from '../lxd/storage.js';
import type { Instance } from '../lxd/types.js';

const prefix = 'user.copa.';

/** The config key that names the migration which holds the container. */
export const migrationKey = `${prefix}migration`;

/**
 * What makes every start fail, whoever orders it: a person, a watchdog, autostart, or the container's own reboot.
 *
 * - A kernel module that no host has is refused at once, before the daemon mounts or remaps anything. It cannot be set
 *   on a container that runs, where the daemon would load it.
 * - A hook below a device file, where nothing can ever be, is accepted while the container runs. Refusing by it takes
 *   the daemon longer, so it only holds until the container has stopped.
 *
 * A missing required device (`unix-char`) is neither accepted while it runs, nor refused before files are remapped.
 * All measured on LXD 5.0.2 and Incus 6.0.4.
 */
const locks = {
  'linux.kernel_modules': { item: 'held-by-copa', separator: ',' },
  'raw.lxc': { item: 'lxc.hook.pre-start = /dev/null/held-by-copa', separator: '\n' },
} as const;
type LockKey = keyof typeof locks;
const lockKeys = Object.keys(locks) as LockKey[];

/** A container keeps it through renaming and restoring. */
export const uuidKey = 'volatile.uuid';

/**
 * What is overridden while both copies may exist: nothing may start the wrong one by itself, nothing may keep the
 * machine from removing it (an explicit "false" wins over a profile), and stopping an ephemeral container must not
 * delete it.
 */
const overrides = { 'boot.autostart': 'false', 'security.protection.delete': 'false' } as const;

export type CopyRole = 'source' | 'destination';

export interface Mark {
  readonly migrationId: string;
  readonly role: CopyRole;
  readonly fence: number;
  readonly uuid?: string;
  readonly since?: number;
  /** The migration has ordered the container's shutdown, so a stop is its own doing. */
  readonly isShutDown?: boolean;
  /** The daemon was asked to freeze the container for a pass, so that it is frozen may be the migration's doing. */
  readonly isFrozen?: boolean;
  /** Set while COPA overrides the start-up settings. */
  readonly saved?: Saved;
}

export interface Saved {
  readonly config: Readonly<Record<string, string | null>>;
  readonly ephemeral: boolean;
  /** What the profiles gave of the keys that lock it, where the container has none of its own. */
  readonly inherited?: Readonly<Partial<Record<LockKey, string>>>;
  /** False on a copy whose root disk comes from a profile: Incus writes one into its own devices nevertheless. */
  readonly ownRoot?: boolean;
}

type Config = Readonly<Record<string, string>>;

export function isMarkKey(key: string): boolean {
  return key.startsWith(prefix);
}

/**
 * The mark on a container, or undefined when it carries none, one that nobody can read, or one that came with a copy
 * of another container.
 */
export function markOf(instance: Pick<Instance, 'config'>): Mark | undefined {
  const mark = writtenMark(instance);
  return mark?.uuid === undefined || mark.uuid === instance.config[uuidKey] ? mark : undefined;
}

/** Also one that does not count. */
function writtenMark(instance: Pick<Instance, 'config'>): Mark | undefined {
  const read = (key: string) => instance.config[`${prefix}${key}`];
  const migrationId = read('migration');
  const role = read('role');
  if (migrationId === undefined || (role !== 'source' && role !== 'destination')) return undefined;
  const since = read('since');
  const uuid = read('uuid');
  const saved = savedIn(read('saved'));
  if (saved === 'unreadable') return undefined;
  return {
    migrationId,
    role,
    fence: Number(read('fence') ?? 0) || 0,
    ...(uuid === undefined ? {} : { uuid }),
    ...(since === undefined ? {} : { since: Number(since) || 0 }),
    ...(read('shutdown') === 'true' ? { isShutDown: true } : {}),
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

/** The config keys that put a mark on a container. */
export function markKeys(mark: Mark): Record<string, string> {
  return {
    [`${prefix}migration`]: mark.migrationId,
    [`${prefix}role`]: mark.role,
    [`${prefix}fence`]: String(mark.fence),
    ...(mark.uuid === undefined ? {} : { [`${prefix}uuid`]: mark.uuid }),
    ...(mark.since === undefined ? {} : { [`${prefix}since`]: String(mark.since) }),
    ...(mark.isShutDown ? { [`${prefix}shutdown`]: 'true' } : {}),
    ...(mark.isFrozen ? { [`${prefix}frozen`]: 'true' } : {}),
    ...(mark.saved ? { [`${prefix}saved`]: JSON.stringify(mark.saved) } : {}),
  };
}

type Settings = Pick<Instance, 'config' | 'ephemeral' | 'expanded_config'>;

/** What has to be remembered of a container before its start-up settings are overridden. */
export function savedOf({ config, ephemeral, expanded_config: expanded }: Settings): Saved {
  const inherited = lockKeys.flatMap((key) => {
    const value = config[key] === undefined ? expanded?.[key] : undefined;
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    config: Object.fromEntries(
      [...Object.keys(overrides), ...lockKeys].map((key) => [key, config[key] ?? null]),
    ),
    ephemeral,
    ...(inherited.length > 0 ? { inherited: Object.fromEntries(inherited) } : {}),
  };
}

/** The overrides of a copy that does not run. One that its daemon is to start within a stateful pass is not locked. */
export function overridesOf(saved: Saved, { locked }: { locked: boolean }): Record<string, string> {
  const key = 'linux.kernel_modules';
  return { ...overrides, ...(locked ? { [key]: lockedText(key, saved) } : {}) };
}

/** The change that takes a container's start-up out of everyone's hands but COPA's; once more when it has stopped. */
export function holding(instance: Instance, mark: Mark): InstanceChange {
  const saved = mark.saved ?? savedOf(instance);
  const key = instance.status === 'Stopped' ? 'linux.kernel_modules' : 'raw.lxc';
  return {
    config: { ...overrides, [key]: lockedText(key, saved), ...markKeys({ ...mark, saved }) },
    ephemeral: false,
  };
}

/** Whether nothing and nobody can start the container. */
export function isLocked({ config }: Pick<Instance, 'config'>): boolean {
  return lockKeys.some((key) => itemsOf(key, config[key]).includes(locks[key].item));
}

/** The change that lets a held container be started; all else stays held. */
export function unlocking(instance: Pick<Instance, 'config'>): InstanceChange {
  const saved = writtenMark(instance)?.saved;
  if (!saved) return {};
  const locked = lockKeys.filter((key) => itemsOf(key, instance.config[key]).includes(locks[key].item));
  return { config: Object.fromEntries(locked.map((key) => [key, unlockedText(key, instance, saved)])) };
}

/** The change that gives a container its own settings back and keeps the mark. What somebody set meanwhile stays. */
export function unholding(instance: Pick<Instance, 'config' | 'devices'>): InstanceChange {
  const saved = writtenMark(instance)?.saved;
  if (!saved) return {};
  const root = rootDisk(instance.devices);
  const devices = Object.entries(instance.devices).filter(([, device]) => device !== root);
  const own = Object.entries(overrides).filter(([key, value]) => instance.config[key] === value);
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

/** Without the lock: what was there before, or what somebody has made of it since. */
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

/** The change that takes every mark off and, where they are overridden, restores the start-up settings. */
export function unmarking(instance: Pick<Instance, 'config' | 'devices'>): InstanceChange {
  const marks = Object.keys(instance.config).filter(isMarkKey);
  const back = unholding(instance);
  return {
    ...back,
    config: { ...back.config, ...Object.fromEntries(marks.map((key) => [key, null])) },
  };
}

/** A container's config, or a snapshot's, as it would be without any mark. */
export function unmarkedConfig(config: Config): Record<string, string> {
  const change = unmarking({ config, devices: {} }).config ?? {};
  return Object.fromEntries(
    Object.entries({ ...config, ...change }).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

/** Throws `aborted` when a container has seen a newer runner than the one that commands now. */
export function checkFence(container: string, seen: number, fence: number): void {
  if (fence >= seen) return;
  throw new CopaError(
    'aborted',
    `container "${container}": this command (fence ${fence}) comes from a controller that another one (fence ${seen}) has replaced`,
  );
}
