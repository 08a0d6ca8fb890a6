/**
 * One directory for all temporary files of tests. Some parts still write for a moment after their test, so it is
 * removed when nothing runs any more.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let isSet = false;

/** Called by vitest before all tests, once for each project; what it returns is called after them. */
export default function setup(): (() => void) | undefined {
  if (isSet) return undefined;
  isSet = true;
  // Short: paths of sockets in it may have 107 bytes.
  const directory = mkdtempSync(join(tmpdir(), 'copa-t-'));
  process.env['TMPDIR'] = directory;
  return () => rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
}
