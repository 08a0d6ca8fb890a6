/** Validates requests to the agent. Each check throws `invalid_argument` with the field, the value and the rule. */
import { CopaError } from '../../common/errors.js';
import type { ContainerCheck__Output } from '../../proto/gen/copa/agent/v1/ContainerCheck.js';
import type { Limits__Output } from '../../proto/gen/copa/agent/v1/Limits.js';
import type { TerminalSize__Output } from '../../proto/gen/copa/agent/v1/TerminalSize.js';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { Mapping__Output } from '../../proto/gen/copa/agent/v1/Mapping.js';
import type { MovedVolume__Output } from '../../proto/gen/copa/agent/v1/MovedVolume.js';
import type { VolumeName__Output } from '../../proto/gen/copa/agent/v1/VolumeName.js';
import type { Note__Output } from '../../proto/gen/copa/agent/v1/Note.js';
import type { Trust__Output } from '../../proto/gen/copa/agent/v1/Trust.js';
import type { ParkingCommand } from '../migration/parking.js';
import type { MigrationCommand__Output } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import { checkTimeoutMsMax, checkTimeoutMsMin, parseContainerCheck } from '../../common/container-check.js';
import { parseIPv4Address } from '../../common/net/address.js';
import {
  checkImageName,
  checkName,
  checkSnapshotName,
  containerNamePattern,
  containerNameRule,
  cpuLimitPattern,
  cpuLimitRule,
  hostNamePattern,
  hostNameRule,
  memoryLimitPattern,
  memoryLimitRule,
  migrationIdPattern,
  migrationIdRule,
  poolNamePattern,
  poolNameRule,
  shown,
} from '../../common/names.js';
import { certificatesIn } from '../identity/certificate-store.js';
import { notesMax } from '../identity/notes.js';
import { movesAlong } from '../migration/manifest.js';
import { helperSnapshotPrefix } from '../model/helper-snapshots.js';
import { movesWithVolume } from '../model/volume-marks.js';

const commandWordsMax = 1000;
const commandBytesMax = 64 * 1024;

/** Limit on the config keys, devices, profiles and snapshots of one container, against floods. */
const entriesMax = 10_000;
const nameCharactersMax = 255;
const uuidCharactersMax = 64;

export function container(name: string): string {
  checkName('container', name, containerNamePattern, containerNameRule);
  return name;
}

export function pool(name: string): string {
  checkName('pool', name, poolNamePattern, poolNameRule);
  return name;
}

export function image(name: string): string {
  checkImageName('image', name);
  return name;
}

export function newName(name: string): string {
  checkName('new_name', name, containerNamePattern, containerNameRule);
  return name;
}

export function snapshot(name: string): string {
  checkSnapshotName('snapshot', name);
  return name;
}

/** Validates limits. An empty one removes the limit. */
export function limits(value: Limits__Output | null): { cpu?: string; memory?: string } {
  const { cpu, memory } = value ?? {};
  if (cpu) checkName('cpu', cpu, cpuLimitPattern, cpuLimitRule);
  if (memory) checkName('memory', memory, memoryLimitPattern, memoryLimitRule);
  return { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
}

export function informationLimit(limit: number): number {
  if (limit <= 1000) return limit;
  throw invalid('limit', limit, 'it is 1000 at most');
}

/** Validates a program with its arguments. The kernel does not take longer ones either. */
export function words(command: readonly string[]): readonly string[] {
  const bytes = command.reduce((sum, word) => sum + Buffer.byteLength(word), 0);
  const isWhole = command[0] !== '' && command.every((word) => !word.includes('\0'));
  if (command.length <= commandWordsMax && bytes <= commandBytesMax && isWhole) return command;
  throw new CopaError(
    'invalid_argument',
    `command is not valid: it is a program and its arguments, at most ${commandWordsMax} words and ${commandBytesMax} bytes, without NUL`,
  );
}

export function terminalSize(value: TerminalSize__Output | null | undefined): TerminalSize__Output {
  const { width = 0, height = 0 } = value ?? {};
  for (const [field, cells] of Object.entries({ width, height })) {
    if (cells < 1 || cells > 10_000) throw invalid(field, cells, 'it is 1 to 10000');
  }
  return { width, height };
}

export function stopTimeout(seconds: number): number {
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600) return seconds;
  throw invalid('timeout_seconds', seconds, 'it is 1 to 3600');
}

export function settleMs(ms: number): number {
  if (ms <= 600_000) return ms;
  throw invalid('settle_ms', ms, 'it is 600000 at most');
}

export function containerCheck(value: ContainerCheck__Output | null) {
  if (!value) return undefined;
  const { target, timeoutMs } = value;
  if (timeoutMs < checkTimeoutMsMin || timeoutMs > checkTimeoutMsMax) {
    throw invalid('check.timeout_ms', timeoutMs, `it is ${checkTimeoutMsMin} to ${checkTimeoutMsMax}`);
  }
  return { check: parseContainerCheck('check.target', target), timeoutMs };
}

/** Limits of the interval of heartbeats and measurements. */
export function interval(field: string, ms: number): number {
  if (ms >= 500 && ms <= 60_000) return ms;
  throw invalid(field, ms, 'it is 500 to 60000');
}

export function address(text: string): string {
  if (parseIPv4Address(text)) return text;
  throw invalid('address', text, 'it is an IPv4 address and a port, as in 10.0.0.2:8002');
}

export function parking<Request extends ParkingCommand>(request: Request): Request {
  checkName('evacuation_id', request.evacuationId, migrationIdPattern, migrationIdRule);
  fence(request.fence);
  container(request.container);
  if (request.uuid.length > uuidCharactersMax) throw invalid('uuid', request.uuid, 'it is too long');
  stopTimeout(request.timeoutSeconds);
  return request;
}

function fence(value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) throw invalid('fence', value, 'it is a positive integer');
}

export function command(value: MigrationCommand__Output | null): MigrationCommand__Output {
  if (!value) throw invalid('command', value, 'it is required');
  container(value.container);
  checkName('migration_id', value.migrationId, migrationIdPattern, migrationIdRule);
  fence(value.fence);
  for (const name of [value.sourcePool, value.destinationPool]) if (name) pool(name);
  return value;
}

export function transfer(request: { transferId: string; ticket: string }): void {
  if (!/^[0-9a-f]{16}-\d{1,4}(v[0-9a-f]{8}[fr])?$/.test(request.transferId)) {
    throw invalid(
      'transfer_id',
      request.transferId,
      'it is a migration ID, a dash, a number, and for a volume its digest',
    );
  }
  // The ticket is a secret, so the error does not show even a wrong one.
  if (!/^[0-9a-f]{64}$/.test(request.ticket)) {
    throw new CopaError('invalid_argument', 'ticket is not valid: it is 64 hexadecimal digits');
  }
}

/**
 * Requires that a helper snapshot's name contains the migration's id, so that cleaning up never removes a user's
 * snapshot.
 */
export function helperSnapshot(name: string, transferId: string): void {
  const prefix = helperSnapshotPrefix(transferId.slice(0, 16));
  if (name.startsWith(prefix) && /^\d{1,4}$/.test(name.slice(prefix.length))) return;
  throw invalid('helper_snapshot', name, `it is ${prefix} and a number`);
}

export function byRsync(value: string): void {
  if (value === '' || value === 'short' || value === 'modes') return;
  throw invalid('by_rsync', value, 'it is empty, short or modes');
}

export function manifest(value: Manifest__Output | null): Manifest__Output {
  if (!value) throw invalid('manifest', value, 'it is required');
  container(value.container);
  const { config, devices, expandedDevices, profiles, snapshots, snapshotsCreatedAtMs, profileSettings } =
    value;
  const counts = [
    ...[config, devices, expandedDevices, profiles, snapshots, snapshotsCreatedAtMs, profileSettings],
    ...Object.values(profileSettings).flatMap((profile) => [profile.config, profile.devices]),
  ];
  if (counts.some((each) => Object.keys(each).length > entriesMax)) {
    throw new CopaError('invalid_argument', `manifest has more than ${entriesMax} entries of a kind`);
  }
  for (const key of Object.keys(config)) {
    if (movesAlong(key)) continue;
    throw invalid(
      'manifest.config',
      key,
      "it belongs to the source's daemon or to COPA, and no genuine source sends it",
    );
  }
  const { snapshotSettings } = value;
  if (snapshotSettings.length > entriesMax) {
    throw new CopaError('invalid_argument', `manifest has settings of more than ${entriesMax} snapshots`);
  }
  const ofSnapshots = snapshotSettings.flatMap((each) => [...each.profiles, ...Object.keys(each.devices)]);
  const ofProfiles = Object.entries(profileSettings).flatMap(([name, profile]) => [
    name,
    ...Object.keys(profile.devices),
  ]);
  const ownNames = [...profiles, ...snapshots, ...Object.keys(devices), ...Object.keys(expandedDevices)];
  const names = [...ownNames, ...ofSnapshots, ...ofProfiles];
  for (const name of names) {
    // They become parts of paths in the daemon's API.
    if (name.length > 0 && name.length <= nameCharactersMax && !/[/\0\n]/.test(name) && !/^\.+$/.test(name))
      continue;
    throw invalid('manifest', name, 'it is not the name of a profile, a snapshot or a device');
  }
  attachedVolumes(value.volumes);
  if (!Number.isSafeInteger(value.usedBytes) || value.usedBytes < 0) {
    throw invalid('manifest.used_bytes', value.usedBytes, 'it is a number from 0 on');
  }
  return value;
}

function attachedVolumes(volumes: Manifest__Output['volumes']): void {
  if (volumes.length > entriesMax) {
    throw new CopaError('invalid_argument', `manifest has more than ${entriesMax} volumes`);
  }
  for (const { storagePool, volume, config, snapshots, problem } of volumes) {
    // It does not move.
    if (problem !== '') continue;
    volumeName({ storagePool, volume });
    if (Object.keys(config).length > entriesMax || snapshots.length > entriesMax) {
      throw new CopaError('invalid_argument', `manifest has more than ${entriesMax} entries of a kind`);
    }
    for (const key of Object.keys(config)) {
      if (movesWithVolume(key)) continue;
      throw invalid('manifest.volumes', key, 'it is no option of a volume that moves');
    }
    const { 'volatile.idmap.last': map } = config;
    if (map !== undefined && !Array.isArray(parseJson(map))) {
      throw invalid('manifest.volumes', map, 'volatile.idmap.last is a list');
    }
  }
}

/** They become parts of paths in the daemon's API. */
export function volumeName(value: VolumeName__Output | null): VolumeName__Output | null {
  if (!value) return null;
  for (const name of [value.storagePool, value.volume]) {
    if (name.length <= nameCharactersMax && /^[^/\0\n]+$/.test(name) && !/^\.+$/.test(name)) continue;
    throw invalid('volume', name, 'it is the name of a storage pool and of a volume');
  }
  return value;
}

export function movedVolumes(values: readonly MovedVolume__Output[]): readonly MovedVolume__Output[] {
  if (values.length > entriesMax)
    throw invalid('volumes', values.length, `it has ${entriesMax} entries at most`);
  for (const { name } of values) volumeName(name);
  return values;
}

/** What a mapping may name; the daemon itself says whether there is such a thing. */
export function mapping(value: Mapping__Output | null): Mapping__Output | null {
  if (!value) return null;
  const { storage, network, nics, storagePools, networks, profiles } = value;
  const maps = [nics, storagePools, networks, profiles].flatMap((each) => Object.entries(each));
  if (maps.length > entriesMax) throw invalid('mapping', maps.length, `it has ${entriesMax} entries at most`);
  const names = [storage, network].filter((each) => each !== '');
  for (const name of [...names, ...maps.flat()]) checkName('mapping', name, hostNamePattern, hostNameRule);
  return value;
}

/** A certificate has about 700 characters, and there are at most two CAs. */
const certificateCharactersMax = 8_192;
const revocationsMax = 50_000;
/** A note has some 300 characters. */
const noteLengthMax = 2_000;

export function certificate(pem: string): string {
  if (pem.length <= certificateCharactersMax && isCertificates(pem, 1)) return pem;
  throw new CopaError('invalid_argument', 'certificate is not valid: it is one certificate as PEM');
}

export function trust(value: Trust__Output | null): Trust__Output {
  if (!value) throw invalid('trust', value, 'it is required');
  if (!Number.isSafeInteger(value.generation) || value.generation < 0) {
    throw invalid('trust.generation', value.generation, 'it is a number from 0 on');
  }
  if (value.ca.length > 2 * certificateCharactersMax || !isCertificates(value.ca, 2)) {
    throw new CopaError('invalid_argument', 'trust.ca is not valid: it is one or two certificates as PEM');
  }
  if (value.revoked.length > revocationsMax) {
    throw invalid('trust.revoked', value.revoked.length, `it has ${revocationsMax} entries at most`);
  }
  for (const each of value.revoked) {
    pool(each.pool);
    if (Number.isSafeInteger(each.issuedUntilMs) && each.issuedUntilMs >= 0) continue;
    throw invalid('trust.revoked', each.issuedUntilMs, 'a moment is a number of milliseconds');
  }
  notes(value.notes);
  return value;
}

function notes(value: readonly Note__Output[]): void {
  if (value.length > notesMax)
    throw invalid('trust.notes', value.length, `it has ${notesMax} entries at most`);
  for (const { key, atMs, untilMs, sealed } of value) {
    const isTime = [atMs, untilMs].every((each) => Number.isSafeInteger(each) && each >= 0);
    if (/^[0-9a-f]{32}$/.test(key) && isTime && sealed.length <= noteLengthMax) continue;
    throw invalid('trust.notes', key, 'a note has a key, two moments and a text');
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isCertificates(pem: string, countMax: number): boolean {
  try {
    const { length } = certificatesIn(pem);
    return length >= 1 && length <= countMax;
  } catch {
    return false;
  }
}

export function invalid(field: string, value: unknown, rule: string): CopaError {
  return new CopaError('invalid_argument', `${field} ${shown(value)} is not valid: ${rule}`);
}
