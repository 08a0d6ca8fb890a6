/** `npm run package`: the Debian packages, from the build. */
import { Command, Option } from 'commander';
import { stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isCopaError } from '../../common/errors.js';
import { architectureHere, type NodeArchitecture } from '../node/releases.js';
import { buildPackages } from './packages.js';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

interface Flags {
  readonly out: string;
  readonly architecture: NodeArchitecture;
}

const command = new Command('package')
  .description('builds the Debian packages copa, copa-controller, copa-agent and python3-copa')
  .option('--out <directory>', 'the output directory', 'packages')
  .addOption(
    new Option('--architecture <name>', 'the architecture of the packages')
      .choices(['x64', 'arm64'])
      .default(architectureHere()),
  )
  .action(async ({ out, ...flags }: Flags) => {
    const built = await buildPackages({ repository, out: resolve(out), ...flags });
    for (const file of built) {
      const { size } = await stat(file);
      process.stdout.write(`${relative('.', file)}  ${(size / 1e6).toFixed(1)} MB\n`);
    }
  });

try {
  await command.parseAsync();
} catch (error) {
  process.stderr.write(
    `package: ${isCopaError(error) ? error.message : ((error as Error).stack ?? String(error))}\n`,
  );
  process.exitCode = 1;
}
