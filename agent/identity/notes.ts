/** Merges notes for controllers. A controller with an older list removes none. */

/** As in identity.proto: what a host keeps for controllers, and can neither read nor make. */
export interface Note {
  readonly key: string;
  readonly atMs: number;
  readonly untilMs: number;
  readonly sealed: string;
}

/** A limit on the file of a host, some 2 MB. The oldest notes are left out. */
export const notesMax = 5_000;

/** `known` itself when nothing has changed. */
export function mergeNotes(
  known: readonly Note[],
  received: readonly Note[],
  nowMs: number,
): readonly Note[] {
  const merged = new Map(known.map((note) => [note.key, note]));
  for (const note of received) {
    const other = merged.get(note.key);
    if (!other || other.atMs < note.atMs) merged.set(note.key, note);
  }
  const kept = [...merged.values()].filter(({ untilMs }) => untilMs > nowMs);
  const newest = kept.sort((a, b) => b.atMs - a.atMs).slice(0, notesMax);
  const before = new Set(known);
  return newest.length === known.length && newest.every((note) => before.has(note)) ? known : newest;
}
