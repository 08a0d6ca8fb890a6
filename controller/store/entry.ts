/** What the store holds, and how it changes. */

/** A value and the revision that wrote it last: what a transaction may expect. */
export interface Entry {
  readonly key: string;
  readonly value: unknown;
  readonly revision: number;
}

/** A change of one key, as a watch reports it. */
export type Change =
  | ({ readonly type: 'put' } & Entry)
  | { readonly type: 'remove'; readonly key: string; readonly revision: number };
