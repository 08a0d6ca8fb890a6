/** Secrets that people type. */
import { createInterface } from 'node:readline/promises';

/** Typed on a terminal without echo, else all of standard input. */
export async function readSecretText(question: string): Promise<string> {
  let text = '';
  if (process.stdin.isTTY) {
    process.stderr.write(`${question}: `);
    const input = createInterface({ input: process.stdin, terminal: true });
    text = await input.question('');
    input.close();
    process.stderr.write('\n');
  } else for await (const part of process.stdin) text += String(part);
  return text;
}
