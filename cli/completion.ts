/**
 * `copa completion`: a short script for the shell. It calls `copa __complete`, which completes commands, options, and
 * the names of pools, containers, images and contexts.
 */
import { Argument, Command } from 'commander';
import { withExamples } from './command.js';

const scripts: Readonly<Record<string, string>> = {
  bash: `# copa completion for bash
_copa() {
  local IFS=$'\\n' words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  local line=\${COMP_LINE:0:COMP_POINT}
  # bash splits words at colons, so POOL:CONTAINER arrives as three words.
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
      .description('print a script that completes commands and names in a shell')
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
