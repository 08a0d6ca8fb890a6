/** What REST tells, as the code has it: the type of the schema that the OpenAPI document is made of. */
import type { z } from 'zod';

export type ReplyOf<Schema extends z.ZodType> = Immutable<z.output<Schema>>;

type Immutable<T> = T extends object ? { readonly [Key in keyof T]: Immutable<T[Key]> } : T;
