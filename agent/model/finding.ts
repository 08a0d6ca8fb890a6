/** Something that the preflight has found: what it is about, and a sentence for the user, with what to do. */
export interface Finding {
  readonly subject: string;
  readonly message: string;
}
