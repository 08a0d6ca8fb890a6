/**
 * COPA's marks on a container: `user.copa.*` keys in its own config, so that they live and die with it,
 * survive every daemon and agent, and tell anyone who looks what a half-made copy is.
 *
 *   user.copa.migration   the migration that holds the container
 *   user.copa.role        source | destination
 *   user.copa.fence       the highest fence it has seen
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
 * What is overridden while both copies may exist: nothing may start the wrong one by itself, nothing may
 * keep the machine from removing it, and stopping an ephemeral container must not delete it.
 */
const overrides = { 'boot.autostart': 'false', 'security.protection.delete': null } as const;

export type CopyRole = 'source' | 'destination';

export interface Mark {
  readonly migrationId: string;
  readonly role: CopyRole;
  readonly fence: number;
  readonly since?: number;
  /** Set while COPA overrides the start-up settings. */
  readonly saved?: Saved;
}

export interface Saved {
  readonly config: Readonly<Record<string, string | null>>;
  readonly ephemeral: boolean;
  /** False on a copy whose root disk comes from a profile: Incus writes one into its own devices nevertheless. */
  readonly ownRoot?: boolean;
}

type Config = Readonly<Record<string, string>>;

export function isMarkKey(key: string): boolean {
  return key.startsWith(prefix);
}

/** The mark on a container, or undefined when it carries none (or one that nobody can read). */
export function markOf(instance: Pick<Instance, 'config'>): Mark | undefined {
  const read = (key: string) => instance.config[`${prefix}${key}`];
  const migrationId = read('migration');
  const role = read('role');
  if (migrationId === undefined || (role !== 'source' && role !== 'destination')) return undefined;
  const saved = read('saved');
  const since = read('since');
  return {
    migrationId,
    role,
    fence: Number(read('fence') ?? 0) || 0,
    ...(since === undefined ? {} : { since: Number(since) || 0 }),
    ...(saved === undefined ? {} : { saved: JSON.parse(saved) as Saved }),
  };
}

/** The config keys that put a mark on a container. */
export function markKeys(mark: Mark): Record<string, string> {
  return {
    [`${prefix}migration`]: mark.migrationId,
    [`${prefix}role`]: mark.role,
    [`${prefix}fence`]: String(mark.fence),
    ...(mark.since === undefined ? {} : { [`${prefix}since`]: String(mark.since) }),
    ...(mark.saved ? { [`${prefix}saved`]: JSON.stringify(mark.saved) } : {}),
  };
}

/** What has to be remembered of a container before its start-up settings are overridden. */
export function savedOf(container: { readonly config: Config; readonly ephemeral: boolean }): Saved {
  return {
    config: Object.fromEntries(Object.keys(overrides).map((key) => [key, container.config[key] ?? null])),
    ephemeral: container.ephemeral,
  };
}

/** Config with COPA's overrides in place. */
export function overridden(config: Config): Record<string, string> {
  const merged: Record<string, string | null> = { ...config, ...overrides };
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

/** The change that takes a container's start-up out of everyone's hands but COPA's. */
export function holding(instance: Instance, mark: Mark): InstanceChange {
  const saved = mark.saved ?? savedOf(instance);
  return { config: { ...overrides, ...markKeys({ ...mark, saved }) }, ephemeral: false };
}

/** The change that gives a container its own settings back and keeps the mark. */
export function unholding(instance: Pick<Instance, 'config' | 'devices'>): InstanceChange {
  const saved = markOf(instance)?.saved;
  if (!saved) return {};
  const root = rootDisk(instance.devices);
  const devices = Object.entries(instance.devices).filter(([, device]) => device !== root);
  return {
    config: { ...saved.config, [`${prefix}saved`]: null },
    ephemeral: saved.ephemeral,
    ...(saved.ownRoot === false ? { devices: Object.fromEntries(devices) } : {}),
  };
}

/** The change that takes every mark off and, where they are overridden, restores the start-up settings. */
export function unmarking(instance: Instance): InstanceChange {
  const marks = Object.keys(instance.config).filter(isMarkKey);
  const back = unholding(instance);
  return {
    ...back,
    config: { ...back.config, ...Object.fromEntries(marks.map((key) => [key, null])) },
  };
}

/** Throws `aborted` when a container has seen a newer runner than the one that commands now. */
export function checkFence(container: string, seen: number, fence: number): void {
  if (fence >= seen) return;
  throw new CopaError(
    'aborted',
    `container "${container}": this command (fence ${fence}) comes from a controller that another one (fence ${seen}) has replaced`,
  );
}
