/** `copa token`: tokens for the REST API and for hosts that join. */
import { Command } from 'commander';
import type { ApiToken } from '../client/index.js';
import { CopaError } from '../common/errors.js';
import { connectRest } from './rest.js';

interface CreateFlags {
  readonly name?: string;
  readonly role?: string;
  readonly pool?: string;
  readonly ttl?: string;
  readonly pools?: string;
}

export function tokenCommand(): Command {
  const token = new Command('token').description('create, list and revoke tokens for the REST API');
  token
    .command('create')
    .description('create a token for a host that joins or, with --role, for the REST API; it is printed once')
    .option('--pool <pool>', 'to join: only for this pool, also if its host joins again')
    .option('--role <role>', 'for REST: viewer reads, operator manages containers, admin may do everything')
    .option('--name <name>', 'for REST: its name in lists and in the audit log')
    .option('--ttl <time>', 'its validity, like 90d, 12h or 30m (default: 1h to join, 90d for REST)')
    .option('--pools <pool,...>', 'for REST: only for these pools (default: all)')
    .action(create);
  token.command('list').description('list all tokens, without their secrets').action(list);
  token
    .command('revoke')
    .description('revoke a token, and end the streams and sessions that use it')
    .argument('<name>', 'its name, or its ID if it is for a host that joins')
    .action(revoke);
  return token;
}

async function create({ pool, ...flags }: CreateFlags): Promise<void> {
  if (flags.role === undefined) {
    const wrong = flags.name !== undefined ? '--name' : flags.pools !== undefined ? '--pools' : undefined;
    if (wrong) throw new CopaError('invalid_argument', `${wrong} is for a token with a --role: give one`);
    await createJoin({ ...flags, ...(pool === undefined ? {} : { container_pool: pool }) });
    return;
  }
  if (pool !== undefined) throw new CopaError('invalid_argument', '--pool is for a token without a --role');
  if (flags.name === undefined)
    throw new CopaError('invalid_argument', 'a token with a --role needs a --name');
  const order = { ...flags, name: flags.name, role: flags.role as ApiToken['role'] };
  const { name, role, expires_at, pools, token } = await (await connectRest()).token('create_api', order);
  const reach = pools ? `pools ${pools.join(', ')}` : 'all pools';
  // Only the token goes to standard output, so that a script can read it.
  process.stderr.write(
    `Token "${name}": ${role} of ${reach}, until ${expires_at}. It is not printed again.\n`,
  );
  process.stdout.write(`${token}\n`);
}

async function createJoin(parameters: { ttl?: string; container_pool?: string }): Promise<void> {
  const answer = await (await connectRest()).token('create_join', { kind: 'join', ...parameters });
  const { container_pool: pool, expires_at: until } = answer;
  const use = pool ? `by the host of pool "${pool}"` : 'by one host';
  process.stderr.write(`Valid once, ${use}, until ${until}:  copa agent join TOKEN\n`);
  process.stdout.write(`${answer.token}\n`);
}

async function list(): Promise<void> {
  const { tokens, joins } = await (await connectRest()).tokens();
  for (const { id, controller, container_pool: pool, expires_at } of joins) {
    const use = controller ? 'a controller' : pool === null ? 'any pool' : `pool ${pool}`;
    process.stdout.write(`${[id, 'join', use, `until ${expires_at}`].join('\t')}\n`);
  }
  for (const { name, role, pools, expires_at, expired } of tokens) {
    const reach = pools ? pools.join(',') : 'all pools';
    const until = `${expired ? 'expired' : 'until'} ${expires_at}`;
    process.stdout.write(`${[name, role, reach, until].join('\t')}\n`);
  }
}

async function revoke(name: string): Promise<void> {
  await (await connectRest()).token('revoke', { name });
  process.stdout.write(`Token "${name}" is revoked.\n`);
}
