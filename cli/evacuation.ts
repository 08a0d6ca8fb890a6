/** Follows an evacuation or a return to its end: progress on a terminal, Ctrl-C, and the outcome. */
import type { Evacuation } from '../client/index.js';
import { CopaError, messageOf } from '../common/errors.js';
import { exitCodes } from './exit.js';
import { printJson, printMessage, secondsText } from './output.js';
import { leaving, Prompt } from './prompt.js';
import type { Rest } from './rest.js';

/** Shows the progress (nothing if `quiet`) until it ends. Returns undefined when the user leaves. */
export async function followEvacuation(
  rest: Rest,
  pool: string,
  quiet: boolean,
): Promise<Evacuation | undefined> {
  const prompt = new Prompt('\nCancel it (c), leave it running (g), or keep watching (Enter)? ');
  const line = quiet || !process.stderr.isTTY ? undefined : process.stderr;
  let last: Evacuation | undefined;
  try {
    for await (const view of rest.followEvacuation(pool, { pollMs: 500 })) {
      last = view;
      if (!view.running) break;
      const choice = prompt.take();
      if (choice === leaving) return undefined;
      if (choice === 'c') await cancel(rest, pool);
      if (!prompt.isOpen) line?.write(`\r\u001b[K${progressLine(view, (line.columns || 80) - 1)}`);
    }
    return last;
  } finally {
    prompt.close();
    line?.write('\r\u001b[K');
  }
}

async function cancel(rest: Rest, pool: string): Promise<void> {
  try {
    await rest.cancelEvacuation(pool);
  } catch (error) {
    printMessage(`copa: ${messageOf(error)}`);
  }
}

/** One line, cut to a number of columns. */
export function progressLine(view: Evacuation, columns: number): string {
  const { container_pool, phase, done, total, containers } = view;
  const now = containers
    .filter(({ state }) => ['moving', 'stopping', 'returning', 'starting'].includes(state))
    .map(({ container, description }) => `${container} ${description.replace(/^is being /, '')}`);
  const line = [`${container_pool} ${phase}`, `${done} of ${total}`, ...now].join('  ');
  return line.length <= columns ? line : line.slice(0, Math.max(0, columns));
}

/** Prints the outcome. Fails when something did not leave, or did not come back. */
export function printEnd(view: Evacuation | undefined, isJson: boolean): void {
  if (!view) {
    printMessage('It continues: "copa pool evacuation" shows it and can cancel it.');
    process.exitCode = 130;
    return;
  }
  if (isJson) printJson(view);
  const isDone = view.phase === 'evacuated' || view.phase === 'restored';
  if (!isJson) {
    for (const { container, message } of view.containers) {
      if (message !== null) printMessage(`${container}: ${message}`);
    }
  }
  if (isDone && !isJson) process.stdout.write(`${endText(view)}\n`);
  if (isDone) return;
  if (isJson) process.exitCode = exitCodes.failed;
  else throw new CopaError('internal', endText(view));
}

export function endText(view: Evacuation): string {
  const { container_pool: pool, phase, counts, message, started_at, phase_since } = view;
  const count = (state: keyof Evacuation['counts']) => counts[state] ?? 0;
  const took = secondsText((Date.parse(phase_since) - Date.parse(started_at)) / 1000);
  switch (phase) {
    case 'evacuated':
      return `Pool "${pool}" is evacuated: ${count('moved')} containers moved, ${count('stopped')} stopped, ${count('skipped')} skipped, in ${took}. "copa pool restore ${pool}" brings them back.`;
    case 'restored':
      return `Pool "${pool}" is open again: ${count('returned')} containers are back, ${count('untouched')} were left alone.`;
    default:
      return `Pool "${pool}" is closed, and this is not complete: ${message ?? phase}`;
  }
}
