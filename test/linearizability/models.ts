/** What pools, token records and migrations are for a client: objects that one request at a time changes or reads. */
import type { Model } from './checker.js';

/** A name that is free, or has a record: a pool with its address, a token with what was ordered. */
export type RecordInput =
  | { readonly key: string; readonly do: 'create'; readonly value: string }
  | { readonly key: string; readonly do: 'delete' }
  | { readonly key: string; readonly do: 'read' };

/** What a reader sees is a value, or null for none. */
export type RecordOutput = 'done' | 'already_exists' | 'not_found' | { readonly seen: string | null };

/** The value of a free name is null. */
export const recordModel: Model<string | null, RecordInput, RecordOutput> = {
  initial: null,
  step: (state, input, output) => {
    switch (input.do) {
      case 'create':
        if (output === undefined) return state ?? input.value;
        if (output === 'already_exists') return state === null ? undefined : state;
        return state === null && output === 'done' ? input.value : undefined;
      case 'delete':
        if (output === undefined) return null;
        if (output === 'not_found') return state === null ? null : undefined;
        return state !== null && output === 'done' ? null : undefined;
      case 'read':
        // Without output it says nothing.
        return typeof output === 'object' && output.seen === state ? state : undefined;
    }
  },
};

export type MigrationInput =
  | { readonly key: string; readonly do: 'begin' }
  | { readonly key: string; readonly do: 'cancel' }
  | { readonly key: string; readonly do: 'read' };

/** `running`, or the end that is shown. */
export type MigrationOutput = 'not_found' | 'refused' | { readonly state: string };

/**
 * A migration runs from its begin until it ends by itself, at a moment that nobody sees: the first reader that sees an end
 * shows that it has ended. An end never changes.
 */
export const migrationModel: Model<string, MigrationInput, MigrationOutput> = {
  initial: 'absent',
  step: (before, input, output) => {
    if (input.do === 'begin') return before === 'absent' ? 'running' : undefined;
    // A cancellation that took effect shows later, as an end.
    if (output === undefined) return undefined;
    if (output === 'not_found') return before === 'absent' ? before : undefined;
    if (before === 'absent') return undefined;
    // A cancellation comes too late, or is repeated.
    if (output === 'refused') return input.do === 'cancel' ? before : undefined;
    return before === 'running' || before === output.state ? output.state : undefined;
  },
};
