/** `copa audit`: the end of the controller's audit log. */
import type { Command } from 'commander';
import { clientCommand, restOf } from './command.js';
import { formatOf, printRows } from './output.js';

interface Entry {
  readonly at: string;
  readonly who: string | null;
  readonly from: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly outcome: string;
  readonly status: number;
  readonly reason?: string;
}

export function auditCommand(): Command {
  return clientCommand('audit', 'who did what, when, from where and with what outcome, the newest last', {
    examples: ['copa audit', 'copa audit --limit 1000 --format json'],
    prints: true,
  })
    .option('--limit <lines>', 'how many, at most', '100')
    .action(audit);
}

async function audit({ limit }: { limit: string }, command: Command): Promise<void> {
  const rest = await restOf(command);
  const entries = (await rest.call('GET', 'audit', { limit }))['audit'] as readonly Entry[];
  printRows(
    formatOf(command),
    [
      { title: 'AT', value: ({ at }) => at },
      { title: 'WHO', value: ({ who }) => who ?? '-' },
      { title: 'FROM', value: ({ from }) => from },
      { title: 'OUTCOME', value: ({ outcome, status }) => `${outcome} ${status}` },
      { title: 'WHAT', value: whatOf },
    ],
    entries,
  );
}

function whatOf({ method, path, parameters, reason }: Entry): string {
  const told = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  return [method, path, ...told, ...(reason === undefined ? [] : [`(${reason})`])].join(' ');
}
