/**
 * The programs `ip`, `bridge` and `nft` of this host. They get fixed lists of arguments and never a shell's line, and every
 * value in them was checked before (desired.ts).
 */
import { execFile } from 'node:child_process';
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

function failure(program: Program, error: Error, stderr: string): CopaError {
  const { code } = error as NodeJS.ErrnoException;
  const words = stderr.trim().replace(/\s+/g, ' ').slice(0, wordsMax) || error.message;
  return new CopaError('failed_precondition', explained(program, String(code), words), { cause: error });
}

function explained(program: Program, code: string, words: string): string {
  if (code === 'ENOENT') return `program "${program}" is missing: install ${packages[program]}`;
  if (!/not permitted/i.test(words)) return `${program}: ${words}`;
  return `${program}: ${words}: the agent needs CAP_NET_ADMIN (see docs/network.md)`;
}
