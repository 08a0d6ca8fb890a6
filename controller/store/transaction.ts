/** What has to be true for a transaction to be carried out. */
export type Expectation =
  | { readonly key: string; /** Of the last write; 0: the key is absent. */ readonly revision: number }
  | { /** No key starts with this. */ readonly absentPrefix: string };

export interface Transaction {
  /** Must name the first key put or removed: sent twice, the transaction must not be carried out twice. */
  readonly expect: readonly Expectation[];
  readonly put?: readonly { readonly key: string; readonly value: unknown; readonly lease?: string }[];
  readonly remove?: readonly string[];
}
