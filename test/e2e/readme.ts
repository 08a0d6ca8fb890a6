// The commands and the code of the README: what it says is what is run.
import { readFileSync } from 'node:fs';

const readme = () => readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The code blocks of a language, as they stand. */
export function codeOf(language: string): string[] {
  const blocks = readme().matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'));
  return [...blocks].map(([, code = '']) => code);
}

/** All shell commands of one section up to the next heading, a line each, in their order; continued lines are one. */
export function commandsOf(section: string): string[] {
  const text = readme();
  const start = text.indexOf(`\n## ${section}\n`);
  if (start < 0) throw new Error(`The README has no section "${section}"`);
  const [own = ''] = text
    .slice(start + 1)
    .split(/^#{2,3} /m)
    .slice(1);
  const blocks = own.matchAll(/^ *```sh\n(.*?)^ *```$/gms);
  return [...blocks].flatMap(([, block = '']) =>
    block
      .replaceAll('\\\n', ' ')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#')),
  );
}
