/** The snapshots that COPA takes for its own passes. Their prefix names the migration, so no user's is ever hit. */

export function helperSnapshotPrefix(migrationId: string): string {
  return `copa-${migrationId}-`;
}
