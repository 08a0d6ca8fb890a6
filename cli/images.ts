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
  const reply = await rest.call('GET', 'image', pool === undefined ? {} : { image_pool: pool });
  const rows = Object.entries(reply['images'] as Record<string, string>).map(([alias, fingerprint]) => ({
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
  if (typeof reply['warning'] === 'string') tell(`copa: ${reply['warning']}`);
}
