// The labs of this machine and their owners. A lab is a numbered directory with a file that names its owner. Both
// appear at once by a rename. A process that takes a lab over renames that file, so exactly one process cleans up a
// dead owner's lab.
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { boot, identify, isAlive } from './processes.js';

/** On a disk, because containers are stored there; short, because a unix socket's path has at most 107 bytes. */
const labsDirectory = '/var/lib/copa-lab';
const labsMax = 64;

/** `owner.ID` of the process whose end makes the lab a leftover, or `owner.BOOT.detached`: only a reboot does. */
const ownedBy = (who: string): string => `owner.${who}`;
const me = (): string => ownedBy(identify(process.pid) ?? 'unknown');

export const labDirectory = (lab: number): string => join(labsDirectory, String(lab));

/**
 * Takes the lowest free number.
 * @throws Error when all are taken.
 */
export function claim(): number {
  mkdirSync(labsDirectory, { recursive: true, mode: 0o700 });
  const fresh = mkdtempSync(join(labsDirectory, 'new-'));
  writeFileSync(join(fresh, me()), '');
  for (let lab = 0; lab < labsMax; lab += 1)
    try {
      renameSync(fresh, labDirectory(lab));
      return lab;
    } catch {
      // Not empty, so another lab has this number.
    }
  rmSync(fresh, { recursive: true });
  throw new Error(`All ${labsMax} labs are in use: see ${labsDirectory}`);
}

/**
 * Makes this process the owner, so that it may remove the lab. False when another process was faster or the lab is
 * gone.
 */
export function takeOver(lab: number): boolean {
  return transfer(lab, me());
}

/** Lets the lab outlive its owner. */
export function detach(lab: number): void {
  transfer(lab, ownedBy(`${boot}.detached`));
}

function transfer(lab: number, to: string): boolean {
  const owner = ownerFile(labDirectory(lab));
  if (owner === undefined) return false;
  if (owner === to) return true;
  try {
    renameSync(join(labDirectory(lab), owner), join(labDirectory(lab), to));
    return true;
  } catch {
    return false;
  }
}

/** Releases the number and removes the contents of the directory; the last step of removing a lab. */
export async function release(lab: number): Promise<void> {
  const old = join(labsDirectory, `old-${lab}-${process.pid}-${Date.now()}`);
  try {
    renameSync(labDirectory(lab), old);
  } catch {
    return; // Gone already.
  }
  await rm(old, { recursive: true, force: true, maxRetries: 3 });
}

/** The numbers of all labs, leftovers included. */
export function labs(): number[] {
  return entries()
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** True when no process that could use the lab is left. */
export function isLeftover(lab: number): boolean {
  return isDead(ownerFile(labDirectory(lab)));
}

/** Removes directories that an interrupted claim or release left. */
export async function sweepDirectories(): Promise<void> {
  for (const name of entries()) {
    const path = join(labsDirectory, name);
    if (name.startsWith('old-')) await rm(path, { recursive: true, force: true, maxRetries: 3 });
    if (name.startsWith('new-') && isDead(ownerFile(path)) && age(path) > 60_000)
      rmSync(path, { recursive: true, force: true });
  }
}

function isDead(owner: string | undefined): boolean {
  if (owner === undefined) return true;
  const id = owner.slice(ownedBy('').length);
  return id.endsWith('.detached') ? id !== `${boot}.detached` : !isAlive(id);
}

function ownerFile(directory: string): string | undefined {
  try {
    return readdirSync(directory).find((name) => name.startsWith(ownedBy('')));
  } catch {
    return undefined;
  }
}

function entries(): string[] {
  try {
    return readdirSync(labsDirectory);
  } catch {
    return [];
  }
}

function age(path: string): number {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}
