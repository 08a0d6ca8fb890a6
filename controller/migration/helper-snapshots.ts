/**
 * The name of a pass's helper snapshot. The agents remove all snapshots whose names start with the migration's
 * prefix.
 */

export function helperSnapshotName(migrationId: string, pass: number): string {
  return `copa-${migrationId}-${pass}`;
}
