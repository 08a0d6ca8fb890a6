/**
 * The programs `ip`, `bridge` and `nft` of this host. They get fixed lists of arguments and never a shell's line, and every
 * value in them was checked before (desired.ts).
 */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { CopaError } from '../../common/errors.js';

export type Program = 'ip' | 'bridge' | 'nft';

/** Throws `failed_precondition` with the program's own words. */
export type RunProgram = (program: Program, args: readonly string[], input?: string) => Promise<string>;

const timeoutMs = 10_000;
/** 10,000 entries of a table are 2 MB of JSON. */
const outputBytesMax = 64 * 1024 * 1024;
const wordsMax = 300;

const packages = { ip: 'iproute2', bridge: 'iproute2', nft: 'nftables' } as const;

export const runProgram: RunProgram = (program, args, input = '') =>
  new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, maxBuffer: outputBytesMax };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (error) reject(failure(program, error, stderr));
      else resolve(stdout);
    });
    // A program that has failed already does not read it.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });

/** Whether a program is in the path of the daemon's and of ours. */
export async function isInstalled(program: string): Promise<boolean> {
  const directories = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
  const found = await Promise.all(
    directories.map((directory) =>
      access(join(directory, program), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

/** Of what networks over several hosts need. */
export async function missingPackages(): Promise<readonly string[]> {
  const needed = Object.entries({ ...packages, dnsmasq: 'dnsmasq-base' });
  const missing = await Promise.all(
    needed.map(async ([program, name]) => ((await isInstalled(program)) ? [] : [name])),
  );
  return [...new Set(missing.flat())];
}

function failure(program: Program, error: Error, stderr: string): CopaError {
  const { code } = error as NodeJS.ErrnoException;
  const words = stderr.trim().replace(/\s+/g, ' ').slice(0, wordsMax) || error.message;
  return new CopaError('failed_precondition', explained(program, String(code), words), { cause: error });
}

function explained(program: Program, code: string, words: string): string {
  if (code === 'ENOENT') return `program "${program}" is missing: install ${packages[program]}`;
  if (!/not permitted/i.test(words)) return `${program}: ${words}`;
  return `${program}: ${words}: the agent needs CAP_NET_ADMIN: "copa agent networks enable" on this host gives it to its service`;
}
