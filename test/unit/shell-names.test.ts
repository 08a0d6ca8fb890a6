// Aim: no host takes a name that a shell would read as commands, and takes all others. Method: the check itself, and a
// real shell for what it lets pass.
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { checkShellNames, shellNameFindings } from '../../agent/migration/shell-names.js';
import { failureOf } from '../support/failures.js';

const printable = Array.from({ length: 0x7f - 0x21 }, (_, at) => String.fromCharCode(0x21 + at));
const isTaken = (name: string) => {
  try {
    checkShellNames([name]);
    return true;
  } catch {
    return false;
  }
};

describe('names for a shell', () => {
  test('a shell leaves alone what is taken', () => {
    const taken = printable.filter((character) => isTaken(`a${character}b`));
    expect(taken.length).toBeGreaterThan(80);
    const words = [...taken.map((character) => `c1/a${character}b`), 'c1/snap-%Y%m0#:', 'c1/ä', 'c1/--x'];
    // In the place where the daemons have the name.
    const output = execFileSync('sh', ['-c', `printf '%s\\n' ${words.join(' ')}`], {
      cwd: '/',
      encoding: 'utf8',
    });
    expect(output.trimEnd().split('\n')).toEqual(words);
  });

  test.each([
    "it's",
    'a"b',
    'a;touch${IFS}/x',
    'a`id`',
    '$(id)',
    'a|b',
    'a&b',
    'a<b',
    'a>b',
    'a(b',
    'a\\b',
    'a\nb',
  ])('%j is refused', async (name) => {
    expect(await failureOf(() => checkShellNames(['s1', name]))).toMatch(/^permission_denied: .*a shell/s);
  });

  test('the finding names each one and what to rename', () => {
    const volumes = [
      { volume: 'data', snapshots: ['s0', '$x'] },
      { volume: 'a;b', snapshots: [] },
    ];
    const found = shellNameFindings({ container: 'c1', snapshots: ['s1', "it's"], volumes });
    expect(found.map(({ subject }) => subject)).toEqual(['name', 'name', 'name']);
    const texts = found.map(({ message }) => message);
    expect(texts[0]).toMatch(/^snapshot "it's": .*: rename "c1\/it's"$/);
    expect(texts[1]).toMatch(/^snapshot of storage volume "data" "\$x": .*: rename "data\/\$x"$/);
    expect(texts[2]).toMatch(/^storage volume "a;b": /);
  });
});
