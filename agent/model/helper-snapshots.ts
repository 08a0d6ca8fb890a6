/**
 * The snapshots that COPA takes for its own passes. Their prefix contains the migration's id, so cleaning up never
 * removes a user's snapshot.
 */

export function helperSnapshotPrefix(migrationId: string): string {
  return `copa-${migrationId}-`;
}

export function isHelperSnapshot(name: string): boolean {
  return /^copa-[0-9a-f]{16}-\d{1,4}$/.test(name);
}
