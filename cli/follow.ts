/** Follows a migration to its end: progress on a terminal, Ctrl-C, and the outcome. */
import type { Migration } from '../client/index.js';
import { CopaError, messageOf } from '../common/errors.js';
import { exitCodes } from './exit.js';
import { outcomeText, progressLine } from './migration.js';
import { printJson, printMessage } from './output.js';
import { leaving, Prompt } from './prompt.js';
import type { Rest } from './rest.js';

/** Shows the progress (nothing if `quiet`) until the migration ends. Returns undefined when the user leaves. */
export async function follow(rest: Rest, id: string, quiet: boolean): Promise<Migration | undefined> {
  const prompt = new Prompt(`\nCancel the migration (c), leave it running (g), or keep watching (Enter)? `);
  let last: Migration | undefined;
  try {
    for await (const view of rest.followMigration(id)) {
      last = view;
      if (view.state !== 'running') break;
      const choice = prompt.take();
      if (choice === leaving) return undefined;
      if (choice === 'c') await cancel(rest, id);
      if (!quiet && !prompt.isOpen) showLine(view);
    }
    return last;
  } finally {
    prompt.close();
    if (!quiet) clearLine();
  }
}

async function cancel(rest: Rest, id: string): Promise<void> {
  try {
    await rest.cancelMigration(id);
  } catch (error) {
    // It is too late to cancel: the migration continues, and its outcome is printed as usual.
    printMessage(`copa: ${messageOf(error)}`);
  }
}

/** Prints the outcome. Fails when the container is not on its destination. */
export function printOutcome(view: Migration | undefined, isJson: boolean): void {
  if (!view) {
    printMessage('The migration continues: "copa migrations" shows it and can cancel it.');
    process.exitCode = 130;
    return;
  }
  if (isJson) printJson(view);
  if (view.state !== 'done') {
    if (isJson) process.exitCode = exitCodes.failed;
    else throw new CopaError('internal', outcomeText(view));
  } else if (!isJson) process.stdout.write(`${outcomeText(view)}\n`);
}

/** Progress is for terminals only. */
function showLine(view: Migration): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r\u001b[K${progressLine(view, (process.stderr.columns || 80) - 1)}`);
}

function clearLine(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}
