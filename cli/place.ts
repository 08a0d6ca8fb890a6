/** `copa place`, and the options of commands whose pool may be `@any` or `@GROUP`. */
import type { Command } from 'commander';
import { CopaError } from '../common/errors.js';
import { clientCommand, restOf } from './command.js';
import { formatOf, printJson, printMessage, printRows, type Column } from './output.js';

export interface RuleFlags {
  readonly where?: string;
  readonly near?: string;
  readonly apart?: string;
  readonly spread?: string;
  readonly over?: string;
}

interface Flags extends RuleFlags {
  readonly name?: string;
  readonly memory?: string;
  readonly disk?: string;
  readonly explain?: boolean;
}

interface Choice {
  readonly pool: string;
  readonly reason: string;
}

const columns: readonly Column<Choice>[] = [
  { title: 'POOL', value: ({ pool }) => pool },
  { title: 'REASON', value: ({ reason }) => reason },
];

/** With `@any` or `@GROUP` as the pool. */
export function withRules(command: Command): Command {
  return command
    .option('--where <labels>', 'with @any or @GROUP: only pools with these labels, as ssd=true,rack!=a')
    .option('--near <containers>', 'only pools that have one of them: a label (app=db), or names')
    .option('--apart <containers>', 'only pools that have none of them: a label, or names')
    .option('--spread <containers>', 'pools with the fewest of them: a label, or names')
    .option('--over <label>', 'with --spread: count over all pools with the same value of this label');
}

export function rulesIn({
  where,
  near,
  apart,
  spread,
  over,
}: RuleFlags): Partial<Record<keyof RuleFlags, string>> {
  const given = Object.entries({ where, near, apart, spread, over });
  return Object.fromEntries(given.filter(([, text]) => text !== undefined));
}

export function placeCommand(): Command {
  return withRules(
    clientCommand('place', 'show the pool that a new container would get; changes nothing', {
      examples: [
        'copa place --memory 2GiB --explain',
        'copa place @blue --where ssd=true --apart app=web',
        'copa create ubuntu @any:web2 --spread app=web --over rack',
      ],
      prints: true,
    })
      .argument('[pools]', '@any, @GROUP (the pools with the label group=GROUP), or one pool', '@any')
      .option('--name <container>', 'the name that it will have')
      .option('--memory <size>', 'what has to be free: 2GiB, 10%')
      .option('--disk <size>', 'what has to be free: 10GiB')
      .option('--explain', 'why each other pool does not suit'),
  ).action(place);
}

async function place(pools: string, flags: Flags, command: Command): Promise<void> {
  const rest = await restOf(command);
  const { name, memory, disk, explain = false } = flags;
  const given = { container_name: name, memory, disk };
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const found = await rest.place({ container_pool: pools, ...known, ...rulesIn(flags) });
  const chosen = found.pool === null ? [] : [{ pool: found.pool, reason: found.reason ?? '' }];
  const format = formatOf(command);
  if (format === 'json') printJson(found);
  else printRows(format, columns, [...chosen, ...(explain || found.pool === null ? found.others : [])]);
  const left = found.others_total - found.others.length;
  if (explain && left > 0) printMessage(`copa: and ${left} more pools`);
  if (found.pool === null) throw new CopaError('failed_precondition', 'no pool can take it');
}
