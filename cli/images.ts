/** `copa images`: what containers can be made of. */
import type { Command } from 'commander';
import { clientCommand, restOf } from './command.js';
import { formatOf, printRows, tell } from './output.js';

export function imagesCommand(): Command {
  return clientCommand('images', 'what containers can be made of, on all pools or on one', {
    examples: ['copa images', 'copa images server1 --format csv'],
    prints: true,
  })
    .argument('[pool]')
    .action(images);
}

async function images(pool: string | undefined, _flags: unknown, command: Command): Promise<void> {
  const rest = await restOf(command);
  const reply = await rest.images(pool === undefined ? {} : { image_pool: pool });
  const rows = Object.entries(reply.images).map(([alias, fingerprint]) => ({
    alias,
    fingerprint,
  }));
  printRows(
    formatOf(command),
    [
      { title: 'ALIAS', value: (row) => row.alias },
      { title: 'FINGERPRINT', value: (row) => row.fingerprint },
    ],
    rows,
  );
  if (reply.warning !== undefined) tell(`copa: ${reply.warning}`);
}
