/**
 * `copa completion`: a short script for the shell, which asks `copa __complete` for what may stand next, so that
 * names of pools, containers, images and contexts are completed as well as commands and options.
 */
import { Argument, Command } from 'commander';
import { withExamples } from './command.js';
import { commandNames, loadCommand } from './commands.js';
import { readContexts } from './contexts.js';
import { readOverview } from './overview.js';
import { connectRest } from './rest.js';

const scripts: Readonly<Record<string, string>> = {
  bash: `# copa completion for bash
_copa() {
  local IFS=$'\\n' words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  local line=\${COMP_LINE:0:COMP_POINT}
  # As bash takes a colon for the end of a word, POOL:CONTAINER comes in three.
  words=($(printf '%s' "$line" | tr -s ' ' '\\n' | tail -n +2))
  [[ $line == *' ' ]] && words+=('')
  COMPREPLY=($(copa __complete -- "\${words[@]}" 2>/dev/null))
  if [[ \${words[-1]} == *:* ]]; then COMPREPLY=("\${COMPREPLY[@]#"\${words[-1]%:*}":}"); fi
}
complete -o nosort -F _copa copa
`,
  zsh: `#compdef copa
# copa completion for zsh
_copa() {
  local -a found
  found=("\${(@f)$(copa __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -- "\${(@)found:#}"
}
compdef _copa copa
`,
  fish: `# copa completion for fish
function __copa_complete
    set -l words (commandline -opc) (commandline -ct)
    copa __complete -- $words[2..-1] 2>/dev/null
end
complete -c copa -f -a '(__copa_complete)'
`,
};

export function completionCommand(): Command {
  const shells = Object.keys(scripts);
  return withExamples(
    new Command('completion')
      .description('a script that completes commands and names in a shell')
      .addArgument(new Argument('<shell>').choices(shells))
      .action((shell: string) => {
        process.stdout.write(scripts[shell] ?? '');
      }),
    [
      'source <(copa completion bash)',
      'copa completion zsh > ~/.zfunc/_copa',
      'copa completion fish > ~/.config/fish/completions/copa.fish',
    ],
  );
}

/** How long the names of a controller may take: longer would only be in the way of typing. */
const namesMsMax = 1500;

/** What may stand in place of the last word. */
export async function complete(words: readonly string[]): Promise<string[]> {
  const before = words.slice(0, -1);
  const last = words.at(-1) ?? '';
  const [first, ...inside] = before;
  if (first === undefined) return startingWith(last, commandNames);
  let command = await loadCommand(first);
  let given = 0;
  for (const word of inside) {
    const child = command?.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (child) command = child;
    else if (!word.startsWith('-')) given++;
  }
  if (!command) return [];
  if (last.startsWith('-'))
    return startingWith(last, ['--help', ...command.options.map(({ long }) => long ?? '')]);
  const option = command.options.find(({ long, short }) => [long, short].includes(before.at(-1) ?? ' '));
  if (option?.argChoices) return startingWith(last, option.argChoices);
  if (command.commands.length > 0)
    return startingWith(
      last,
      command.commands.map((child) => child.name()),
    );
  const wanted = option && !option.isBoolean() ? (option.long ?? '').slice(2) : argumentAt(command, given);
  if (wanted === undefined) return [];
  if (typeof wanted !== 'string') return startingWith(last, wanted);
  return startingWith(last, await namesOf(wanted, given).catch(() => []));
}

function argumentAt(command: Command, index: number): string | readonly string[] | undefined {
  const argument = command.registeredArguments[index] ?? command.registeredArguments.at(-1);
  if (!argument || (index >= command.registeredArguments.length && !argument.variadic)) return undefined;
  if (command.parent === null && command.name() === 'use') return 'context';
  return argument.argChoices ?? argument.name();
}

/** The names that an argument or an option of this name takes. */
async function namesOf(wanted: string, given: number): Promise<string[]> {
  if (wanted === 'context' || wanted === 'name')
    return Object.keys((await readContexts(process.env)).contexts);
  const rest = await connectRest();
  const signal = AbortSignal.timeout(namesMsMax);
  if (wanted === 'image') {
    return Object.keys((await rest.images({}, { signal })).images);
  }
  if (!['pool', 'pools', 'container'].includes(wanted) || given < 0) return [];
  const { pools } = await readOverview(rest, undefined, signal);
  if (wanted !== 'container') return pools.map(({ name }) => name);
  return pools.flatMap(({ name, containers }) =>
    containers.flatMap((each) => [each.name, `${name}:${each.name}`]),
  );
}

function startingWith(start: string, names: readonly string[]): string[] {
  return [...new Set(names)].filter((name) => name !== '' && name.startsWith(start)).sort();
}
