/** A question before something that cannot be undone. */
import { createInterface } from 'node:readline/promises';
import { CopaError } from '../common/errors.js';

interface Question {
  /** What will happen, in one or more sentences. */
  readonly about: string;
  readonly question: string;
  /** What did not happen, for a user who says no. */
  readonly refused: string;
}

/** Throws `cancelled` unless the user agrees, and `invalid_argument` without a terminal. */
export async function confirm({ about, question, refused }: Question): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CopaError('invalid_argument', `${about} Give --yes to do it without a question`);
  }
  process.stderr.write(`${about}\n`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} (yes/no)? `);
    if (answer.trim().toLowerCase() !== 'yes') throw new CopaError('cancelled', refused);
  } finally {
    terminal.close();
  }
}
