/** The type of a REST reply in the code, derived from the schema of the OpenAPI document. */
import type { z } from 'zod';

export type ReplyOf<Schema extends z.ZodType> = Immutable<z.output<Schema>>;

type Immutable<T> = T extends object ? { readonly [Key in keyof T]: Immutable<T[Key]> } : T;
