/** `copa token`: who else may use the REST API. */
import { Command } from 'commander';
import { callRest } from './rest.js';

interface CreateFlags {
  readonly name: string;
  readonly role: string;
  readonly ttl?: string;
  readonly pools?: string;
}

export function tokenCommand(): Command {
  const token = new Command('token').description('tokens for the REST API');
  token
    .command('create')
    .description('make a token; it is printed once, and nobody can print it again')
    .requiredOption('--role <role>', 'viewer looks, operator works with containers, admin does everything')
    .requiredOption('--name <name>', 'what it is called in lists and in the audit log')
    .option('--ttl <time>', 'how long it is valid, as 90d, 12h or 30m (default: 90d)')
    .option('--pools <pool,...>', 'the only pools that it is good for (default: all)')
    .action(create);
  token.command('list').description('all tokens, without their secrets').action(list);
  token
    .command('revoke')
    .description('make a token void, and end what goes on in its name')
    .argument('<name>')
    .action(revoke);
  return token;
}

async function create(flags: CreateFlags): Promise<void> {
  const answer = await callRest('POST', 'tokens', { operation: 'create', kind: 'api', ...flags });
  const { name, role, expires_at, pools } = answer as Record<string, string> & { pools: string[] | null };
  const reach = pools ? `pools ${pools.join(', ')}` : 'all pools';
  // The token alone goes to the output, so that a script can take it from there.
  process.stderr.write(`Token "${name}": ${role} of ${reach}, until ${expires_at}. It is not shown again.\n`);
  process.stdout.write(`${String(answer['token'])}\n`);
}

async function list(): Promise<void> {
  const { tokens } = (await callRest('GET', 'tokens')) as { tokens: Record<string, unknown>[] };
  for (const { name, role, pools, expires_at, expired } of tokens) {
    const reach = pools ? (pools as string[]).join(',') : 'all pools';
    const until = `${expired ? 'expired' : 'until'} ${String(expires_at)}`;
    process.stdout.write(`${[name, role, reach, until].map(String).join('\t')}\n`);
  }
}

async function revoke(name: string): Promise<void> {
  await callRest('POST', 'tokens', { operation: 'revoke', name });
  process.stdout.write(`Token "${name}" is revoked.\n`);
}
