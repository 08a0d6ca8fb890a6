/** `copa context`: names for controllers. */
import { Command } from 'commander';
import { CopaError } from '../common/errors.js';
import { shown } from '../common/names.js';
import { withExamples } from './command.js';
import { readContexts, writeContexts } from './contexts.js';
import { readSecretText } from './hidden-input.js';
import { formatOf, formatOption, printMessage, printRows } from './output.js';
import { checked, type Contexts } from './target.js';

const env = process.env;

export function contextCommand(): Command {
  return new Command('context')
    .description('name the controllers that you work with')
    .addCommand(
      withExamples(
        new Command('list')
          .alias('ls')
          .description('list all contexts')
          .addOption(formatOption())
          .action(list),
        ['copa context list'],
      ),
    )
    .addCommand(
      withExamples(
        new Command('add')
          .description('add a controller; the first context is used at once')
          .argument('<name>')
          .argument('<address>', 'its URL; several controllers of one COPA, separated by commas')
          .option('--ca <file>', "the CA of the controller's certificate")
          .option('--token', 'store a token, too: type it, or pipe it to standard input')
          .action(add),
        [
          'copa context add lab http://127.0.0.1:8000',
          'copa context add site https://copa.example:8000 --ca site.crt --token < token-file',
          'copa context add both https://copa1.example:8000,https://copa2.example:8000 --ca site.crt',
        ],
      ),
    )
    .addCommand(
      withExamples(
        new Command('use').description('use this controller from now on').argument('<name>').action(use),
        ['copa context use lab'],
      ),
    )
    .addCommand(
      withExamples(
        new Command('remove')
          .alias('rm')
          .description('remove a controller')
          .argument('<name>')
          .action(remove),
        ['copa context remove lab'],
      ),
    )
    .addHelpText(
      'after',
      '\nContexts are stored in ~/.config/copa/config.yaml, which only you can read. The first of these that is set counts:\n--context NAME; COPA_ADDR with COPA_TOKEN and COPA_CACERT; COPA_CONTEXT; the context in use; the controller of this\nmachine, http://127.0.0.1:8000.',
    );
}

async function list(_flags: unknown, command: Command): Promise<void> {
  const { current, contexts } = await readContexts(env);
  const rows = Object.entries(contexts).map(([name, { address, caFile, token }]) => ({
    name,
    current: name === current,
    address,
    ca: caFile ?? null,
    has_token: token !== undefined,
  }));
  printRows(
    formatOf(command),
    [
      { title: 'NAME', value: (row) => row.name },
      { title: 'IN USE', value: (row) => (row.current ? 'yes' : '') },
      { title: 'ADDRESS', value: (row) => row.address },
      { title: 'CA', value: (row) => row.ca },
      { title: 'TOKEN', value: (row) => (row.has_token ? 'yes' : '') },
    ],
    rows,
  );
}

async function add(name: string, address: string, flags: { ca?: string; token?: boolean }): Promise<void> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) {
    throw new CopaError(
      'invalid_argument',
      `the name ${shown(name)} is not valid: give letters, digits and . _ -`,
    );
  }
  const target = checked({ address, caFile: flags.ca, token: flags.token ? await readToken() : undefined });
  const known = await readContexts(env);
  await writeContexts(env, {
    current: known.current ?? name,
    contexts: { ...known.contexts, [name]: target },
  });
  printMessage(`Context "${name}" is ${known.contexts[name] ? 'changed' : 'added'}.`);
}

async function use(name: string): Promise<void> {
  const known = await existing(name);
  await writeContexts(env, { ...known, current: name });
  printMessage(`Context "${name}" is in use.`);
}

async function remove(name: string): Promise<void> {
  const { current, contexts } = await existing(name);
  const others = Object.fromEntries(Object.entries(contexts).filter(([other]) => other !== name));
  await writeContexts(env, { current: current === name ? undefined : current, contexts: others });
  printMessage(`Context "${name}" is removed.`);
}

async function existing(name: string): Promise<Contexts> {
  const known = await readContexts(env);
  if (known.contexts[name]) return known;
  throw new CopaError('not_found', `there is no context ${shown(name)}`);
}

/** A token is never an argument: others could see it. */
async function readToken(): Promise<string> {
  const token = (await readSecretText('Token')).trim();
  if (/^\S+$/.test(token)) return token;
  throw new CopaError('invalid_argument', 'no token was given: give one word');
}
