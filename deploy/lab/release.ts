// An earlier release of COPA, built from its commit, to test what both releases do together.
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { cached } from './cache.js';
import { run } from './processes.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Why the release of that commit cannot be built here; undefined when it can. */
export async function releaseObstacle(commit: string): Promise<string | undefined> {
  const { code } = await run(['git', '-C', repository, 'cat-file', '-e', `${commit}^{commit}`], {
    check: false,
  });
  return code === 0
    ? undefined
    : `this clone does not have commit ${commit.slice(0, 7)}, which is the last release`;
}

/** The path of that release's program, `cli/main.js`. It is built once, and kept in the cache. */
export async function releaseProgram(commit: string): Promise<string> {
  const directory = await cached(`release-${commit.slice(0, 12)}`, async (path) => {
    const archive = `mkdir -p "$1" && git -C "$2" archive "$3" | tar -x -C "$1"`;
    await run(['sh', '-ec', archive, 'sh', path, repository, commit]);
    const build = `cd "$1" && npm ci --include=dev --no-audit --no-fund && sh deploy/prepare.sh --build`;
    await run(['sh', '-ec', build, 'sh', path], { timeoutMs: 600_000 });
  });
  return join(directory, 'dist/cli/main.js');
}
