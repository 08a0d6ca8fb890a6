/** The expectations and changes of a transaction. */
export type Expectation =
  | { readonly key: string; /** Of the last write; 0: the key is absent. */ readonly revision: number }
  | { /** No key starts with this. */ readonly absentPrefix: string };

export interface Transaction {
  /** Must contain the first changed key, so that a repeated transaction is not executed twice. */
  readonly expect: readonly Expectation[];
  readonly put?: readonly { readonly key: string; readonly value: unknown; readonly lease?: string }[];
  readonly remove?: readonly string[];
}
