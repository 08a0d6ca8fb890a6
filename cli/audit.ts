/** `copa audit`: the newest entries of the controller's audit log. */
import type { Command } from 'commander';
import type { AuditEntry } from '../client/index.js';
import { clientCommand, restOf } from './command.js';
import { formatOf, printRows } from './output.js';

export function auditCommand(): Command {
  return clientCommand(
    'audit',
    'show the audit log: who did what, when, from where, and the outcome; the newest last',
    {
      examples: ['copa audit', 'copa audit --limit 1000 --format json'],
      prints: true,
    },
  )
    .option('--limit <lines>', 'at most this many', '100')
    .action(audit);
}

async function audit({ limit }: { limit: string }, command: Command): Promise<void> {
  const rest = await restOf(command);
  const entries = (await rest.audit({ limit })).audit;
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

function whatOf({ method, path, parameters, reason }: AuditEntry): string {
  const named = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  return [method, path, ...named, ...(reason === undefined ? [] : [`(${reason})`])].join(' ');
}
