/** Why a storage volume with a suspect file cannot move. Preflight and pass report it alike. */
export function suspectFileMessage(file: string, volume: string): string {
  return `"${file}" in storage volume "${volume}" differs from its state in a snapshot of the volume, but has the same size and time, so rsync would not copy it: touch it, or delete the snapshot`;
}
