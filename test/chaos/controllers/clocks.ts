// Clocks of single processes, by libfaketime. What a process reads as the time of day is off; its timers are not, as
// when a machine's clock is set. etcd is not affected: it does not read the time through the C library.
import { existsSync, renameSync, writeFileSync } from 'node:fs';

const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

/** Why clocks cannot be turned here, or undefined. */
export function clockObstacle(): string | undefined {
  return existsSync(library) ? undefined : `${library} is missing (Debian: apt-get install faketime)`;
}

/** The environment of a process whose clock follows a file. */
export function clockEnvironment(file: string): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    FAKETIME_DISABLE_SHM: '1',
  };
}

/** Sets the file: by how many seconds the clock is off. */
export function setClock(file: string, seconds: number): void {
  writeFileSync(`${file}.new`, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`);
  renameSync(`${file}.new`, file);
}
