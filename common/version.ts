/** The version of this COPA. */
import { existsSync, readFileSync } from 'node:fs';

/** The version in package.json, which is above this file in every build. */
export const version = readVersion();

function readVersion(): string {
  for (let directory = new URL('.', import.meta.url); ; directory = new URL('..', directory)) {
    const file = new URL('package.json', directory);
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
    if (directory.pathname === '/') return 'unknown';
  }
}
