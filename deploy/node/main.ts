/** node dist/deploy/node/main.js RELEASE: prints the directory that has the `node` of a pinned release. */
import { Argument, Command } from 'commander';
import { join } from 'node:path';
import { fetchNode, nodeReleases } from './releases.js';

await new Command('node')
  .description('prints the directory that has the program of a pinned Node.js release')
  .addArgument(new Argument('<release>').choices(Object.keys(nodeReleases)))
  .action(async (release: keyof typeof nodeReleases) => {
    process.stdout.write(`${join(await fetchNode(nodeReleases[release]), 'bin')}\n`);
  })
  .parseAsync();
