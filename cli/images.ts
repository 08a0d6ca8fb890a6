/** `copa images`: the images that containers can be created from. */
import type { Command } from 'commander';
import { clientCommand, restOf } from './command.js';
import { formatOf, printMessage, printRows } from './output.js';

export function imagesCommand(): Command {
  return clientCommand(
    'images',
    'list the images that containers can be created from, on all pools or on one',
    {
      examples: ['copa images', 'copa images server1 --format csv'],
      prints: true,
    },
  )
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
  if (reply.warning !== undefined) printMessage(`copa: ${reply.warning}`);
}
