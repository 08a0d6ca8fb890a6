/** The values in the store and their changes. */

/** A value and the revision of its last write, which a transaction may expect. */
export interface Entry {
  readonly key: string;
  readonly value: unknown;
  readonly revision: number;
}

/** A change of one key, as a watch reports it. */
export type Change =
  | ({ readonly type: 'put' } & Entry)
  | { readonly type: 'remove'; readonly key: string; readonly revision: number };
