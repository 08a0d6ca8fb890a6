/** A problem that the preflight found: its subject, and a sentence for the user that says what to do. */
export interface Finding {
  readonly subject: string;
  readonly message: string;
}
