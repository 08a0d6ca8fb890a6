/** `copa images`: the images that containers can be created from. `copa image`: where they are, and copies of them. */
import { Command } from 'commander';
import type { Reply } from '../client/index.js';
import { CopaError } from '../common/errors.js';
import { bytesText } from '../common/sizes.js';
import { clientCommand, restOf } from './command.js';
import { formatOf, printMessage, printRows, type Column } from './output.js';

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

type Details = NonNullable<Reply<'ListImages'>['details']>[number];

const columns: readonly Column<Details>[] = [
  { title: 'ALIASES', value: ({ pools }) => [...new Set(Object.values(pools).flat())].join(', ') },
  { title: 'FINGERPRINT', value: ({ fingerprint }) => fingerprint.slice(0, 12) },
  { title: 'SIZE', value: ({ size_bytes }) => bytesText(size_bytes) },
  { title: 'ARCHITECTURE', value: ({ architecture }) => architecture },
  { title: 'POOLS', value: ({ pools }) => Object.keys(pools).join(', ') },
  { title: 'DESCRIPTION', value: ({ description }) => description },
];

export function imageCommand(): Command {
  return new Command('image')
    .description('list images and the pools that have them, and copy an image to another pool')
    .addCommand(
      clientCommand('list', 'list images, and the pools that have them', {
        examples: ['copa image list', 'copa image list server1'],
        prints: true,
      })
        .alias('ls')
        .argument('[pool]')
        .action(list),
    )
    .addCommand(
      clientCommand('copy', 'copy an image to a pool, with its aliases and properties', {
        examples: ['copa image copy ubuntu server2:', 'copa image copy ubuntu server1: server2:'],
      })
        .alias('cp')
        .argument('<image>', 'an alias or fingerprint, as listed by "copa images"')
        .argument('<pools...>', '[FROM:] TO:, from any pool that has it if FROM is left out')
        .action(copy),
    );
}

async function list(pool: string | undefined, _flags: unknown, command: Command): Promise<void> {
  const rest = await restOf(command);
  const query = pool === undefined ? {} : { image_pool: pool };
  const { details = [], warning } = await rest.images({ ...query, details: true });
  printRows(formatOf(command), columns, details);
  if (warning !== undefined) printMessage(`copa: ${warning}`);
}

async function copy(image: string, pools: string[], _flags: unknown, command: Command): Promise<void> {
  const names = pools.map((pool) => pool.replace(/:$/, ''));
  const to = names.at(-1);
  if (names.length > 2 || to === undefined) {
    throw new CopaError(
      'invalid_argument',
      'give one image and its pools: copa image copy IMAGE [FROM:] TO:',
    );
  }
  const from = names.length === 2 ? { image_pool: names[0] ?? '' } : {};
  const rest = await restOf(command);
  const done = await rest.image('copy', { image_type: image, destination_pool: to, ...from });
  const size = `${bytesText(done.bytes)} from ${done.image_pool}`;
  const what = done.copied ? `is copied to ${to} (${size})` : `was on ${to} already`;
  printMessage(`Image ${done.fingerprint.slice(0, 12)} ${what}.`);
  if (done.aliases_taken.length > 0) {
    printMessage(`Another image has these aliases there: ${done.aliases_taken.join(', ')}.`);
  }
}
