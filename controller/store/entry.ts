/** The values in the store and their changes. */

/**
 * A value and the revision that wrote it last: what a transaction may expect. What COPA has not written has no value.
 */
export interface Entry {
  readonly key: string;
  readonly value: unknown;
  readonly revision: number;
}

/** A change of one key, as a watch reports it. */
export type Change =
  | ({ readonly type: 'put' } & Entry)
  | { readonly type: 'remove'; readonly key: string; readonly revision: number };
