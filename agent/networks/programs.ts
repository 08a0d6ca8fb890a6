/**
 * The programs of this host that know its network. They get fixed lists of arguments and never a shell's line, and every
 * value in them was checked before (desired.ts).
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { CopaError } from '../../common/errors.js';

export type Program = keyof typeof packages;

/** Throws `failed_precondition` with the program's own words. */
export type RunProgram = (program: Program, args: readonly string[], input?: string) => Promise<string>;

const timeoutMs = 10_000;
/** 10,000 entries of a table are 2 MB of JSON. */
const outputBytesMax = 64 * 1024 * 1024;
const wordsMax = 300;

const needed = { ip: 'iproute2', bridge: 'iproute2', nft: 'nftables' } as const;
const packages = {
  ...needed,
  ss: 'iproute2',
  /** Only where networks are encrypted; the last one only where the kernel has no WireGuard. */
  wg: 'wireguard-tools',
  'wireguard-go': 'wireguard-go',
} as const;

export const runProgram: RunProgram = (program, args, input = '') =>
  new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, maxBuffer: outputBytesMax };
    const [name = program, ...words] = lasting(program, args);
    const child = execFile(name, words, options, (error, stdout, stderr) => {
      if (error) reject(failure(program, error, stderr));
      else resolve(stdout);
    });
    // A program that has failed already does not read it.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });

/**
 * `wireguard-go` stays in the background. Under systemd it gets a unit of its own: packets go on while the agent is
 * restarted.
 */
function lasting(program: Program, args: readonly string[]): readonly string[] {
  const [device = ''] = args;
  if (program !== 'wireguard-go' || device.startsWith('-') || !existsSync('/run/systemd/system'))
    return [program, ...args];
  const unit = ['--quiet', '--collect', `--unit=copa-${device}`, '--service-type=forking'];
  return ['systemd-run', ...unit, program, ...args];
}

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
  const all = Object.entries({ ...needed, dnsmasq: 'dnsmasq-base' });
  const missing = await Promise.all(
    all.map(async ([program, name]) => ((await isInstalled(program)) ? [] : [name])),
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
