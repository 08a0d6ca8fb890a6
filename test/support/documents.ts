/** The commands and the code of a document, so that tests run what it shows. */
import { readFileSync } from 'node:fs';

const textOf = (document: string) => readFileSync(new URL(`../../${document}`, import.meta.url), 'utf8');

/** The code blocks of a language in a document, unchanged. */
export function codeOf(document: string, language: string): string[] {
  const blocks = textOf(document).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'));
  return [...blocks].map(([, code = '']) => code);
}

/** All shell commands of one section up to the next heading, one per line, in their order; continued lines are one. */
export function commandsOf(document: string, section: string): string[] {
  const text = textOf(document);
  const start = text.indexOf(`\n## ${section}\n`);
  if (start < 0) throw new Error(`${document} has no section "${section}"`);
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
