/**
 * One directory for all that tests keep for a while, as many a part goes on writing for a moment after its
 * test has ended: it is removed when nothing runs any more.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Called by vitest before all tests; what it returns is called after them. */
export default function setup(): () => void {
  // Short: paths of sockets in it may have 107 bytes.
  const directory = mkdtempSync(join(tmpdir(), 'copa-t-'));
  process.env['TMPDIR'] = directory;
  return () => rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
}
