/**
 * The findings of `copa doctor`: one for each check, with its meaning and with advice. A check that fails in an
 * unforeseen way is also a finding, and never stops the other checks.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { messageOf } from '../errors.js';

export interface Finding {
  readonly about: string;
  /** `warning`: it works, but not permanently, or not as well as it could. */
  readonly verdict: 'ok' | 'warning' | 'problem';
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
}

export type Check = () => Finding | readonly Finding[] | Promise<Finding | readonly Finding[]>;

export const ok = (about: string, text: string): Finding => ({ about, verdict: 'ok', text });
export const warning = (about: string, text: string, advice: string): Finding => ({
  about,
  verdict: 'warning',
  text,
  advice,
});
export const problem = (about: string, text: string, advice: string): Finding => ({
  about,
  verdict: 'problem',
  text,
  advice,
});

/** Runs checks in parallel. The findings have the order of the checks. */
export async function examine(checks: Readonly<Record<string, Check>>): Promise<Finding[]> {
  const found = await Promise.all(
    Object.entries(checks).map(async ([about, check]) => {
      try {
        return await check();
      } catch (error) {
        return { about, verdict: 'problem', text: messageOf(error) } satisfies Finding;
      }
    }),
  );
  return found.flat();
}

const marks = { ok: 'ok      ', warning: 'warning ', problem: 'PROBLEM ' } as const;

/** A line for each finding with its advice below, and a summary as the last line. */
export function reportOf(title: string, findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ about }) => about.length)) + 2;
  const lines = findings.flatMap(({ about, verdict, text, advice }) => [
    `  ${marks[verdict]}${about.padEnd(width)}${text}`,
    ...(advice === undefined ? [] : [`${' '.repeat(10 + width)}-> ${advice}`]),
  ]);
  const count = (verdict: Finding['verdict']) => findings.filter((each) => each.verdict === verdict).length;
  const sum = `${count('ok')} ok, ${count('warning')} warnings, ${count('problem')} problems`;
  return `${[title, ...lines, `  ${sum}`].join('\n')}\n`;
}

export const isHealthy = (findings: readonly Finding[]): boolean =>
  findings.every(({ verdict }) => verdict !== 'problem');

const dayMs = 24 * 3600_000;
/** Certificates are renewed well before this. A certificate with fewer days left was not renewed. */
const daysLeftMin = 14;

/** Whether a certificate is valid now, and for how long. */
export function validityOf(
  about: string,
  { validFrom, validTo }: { readonly validFrom: string; readonly validTo: string },
  advice: string,
  nowMs: number,
): Finding {
  if (Date.parse(validFrom) > nowMs) {
    return problem(
      about,
      `the certificate is valid from ${validFrom} on, and this machine's clock shows ${new Date(nowMs).toISOString()}`,
      'set the clock',
    );
  }
  const days = Math.floor((Date.parse(validTo) - nowMs) / dayMs);
  if (Date.parse(validTo) <= nowMs) return problem(about, `the certificate ended on ${validTo}`, advice);
  if (days < daysLeftMin) {
    return warning(about, `the certificate ends in ${days} days, on ${validTo}`, advice);
  }
  return ok(about, `the certificate is valid for ${days} more days`);
}

/** Whether this machine's clock is synchronized. Certificates and rsync depend on it. */
export async function examineClock(): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)('timedatectl', ['show', '--property=NTPSynchronized'], {
      timeout: 5000,
    });
    if (stdout.trim() === 'NTPSynchronized=yes') return ok('clock', 'synchronized by NTP');
    return warning(
      'clock',
      'not synchronized: certificates of machines whose clocks differ by minutes are refused',
      'apt-get install systemd-timesyncd (or chrony)',
    );
  } catch {
    return warning(
      'clock',
      'nothing here reports whether it is synchronized',
      'make sure that it is correct',
    );
  }
}
