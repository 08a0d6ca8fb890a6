/** The name of a pass's helper snapshot; the agents remove all that start with the migration's part. */

export function helperSnapshotName(migrationId: string, pass: number): string {
  return `copa-${migrationId}-${pass}`;
}
