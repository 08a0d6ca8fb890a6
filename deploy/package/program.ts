/**
 * The tree of the program: /usr/lib/copa with the build as the tests run it, the npm packages that it uses,
 * and a Node.js of its own.
 *
 * A private Node beside plain files, rather than one executable made of both: these are the very files that
 * were tested, nothing is bundled, rewritten or injected into a binary; a security update of Node is one other
 * file; a stack trace names real files.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CopaError } from '../../common/errors.js';
import { shown } from '../../common/names.js';

/**
 * What is not needed to run: types, maps from the build to its source, the tests' part of it; of Swagger UI,
 * its other bundles, and what reports its installation; of the database, its source and other systems' binaries.
 */
const leftOut = new RegExp(
  [
    /\.(?:d\.[cm]?ts|[cm]?ts|map)$/,
    /^dist\/(?:test|deploy|\.built|vitest)/,
    /^node_modules\/@(?:types|scarf)\//,
    /^node_modules\/classic-level\/(?:deps|prebuilds\/(?:android|darwin|win32)|binding\.)/,
    /^node_modules\/swagger-ui-dist\/swagger-ui(?:|-es-bundle|-es-bundle-core|-standalone-preset)\.js/,
  ]
    .map(({ source }) => source)
    .join('|'),
);

/** Fills `tree` with the program, from the build in `repository` and the directory of a Node.js release. */
export async function layOutProgram(repository: string, node: string, tree: string): Promise<void> {
  const library = join(tree, 'usr/lib/copa');
  const documents = join(tree, 'usr/share/doc/copa');
  await mkdir(library, { recursive: true });
  await mkdir(documents, { recursive: true });
  await mkdir(join(tree, 'usr/bin'), { recursive: true });

  const keep = (path: string) => !leftOut.test(path);
  for (const path of ['dist', ...(await productionPackages(repository))]) {
    await cp(join(repository, path), join(library, path), {
      recursive: true,
      // The lock file lists a package's own packages like the others.
      filter: (from) =>
        keep(from.slice(repository.length + 1)) && !nestsPackages(from, join(repository, path)),
    });
  }
  await copyFile(join(repository, 'package.json'), join(library, 'package.json'));
  await copyFile(join(node, 'bin/node'), join(library, 'node'));
  await chmod(join(library, 'node'), 0o755);
  const program = [
    '#!/bin/sh',
    '# Options that somebody set for another Node are not meant for this one.',
    'unset NODE_OPTIONS NODE_PATH',
    'exec /usr/lib/copa/node /usr/lib/copa/dist/cli/main.js "$@"',
    '',
  ];
  await writeFile(join(tree, 'usr/bin/copa'), program.join('\n'), { mode: 0o755 });

  for (const path of ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'LICENSE', 'docs'])
    await cp(join(repository, path), join(documents, path), { recursive: true });
  await copyFile(join(node, 'LICENSE'), join(documents, 'LICENSE.nodejs'));
}

function nestsPackages(path: string, top: string): boolean {
  return path.slice(top.length).includes('/node_modules') && path !== top;
}

/** The directories of the npm packages that are not for development only, by the lock file. */
async function productionPackages(repository: string): Promise<string[]> {
  const lock = JSON.parse(await readFile(join(repository, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean }>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
    .filter(([path, { optional }]) => {
      if (existsSync(join(repository, path))) return true;
      if (optional) return false;
      throw new CopaError('failed_precondition', `${shown(path)} is not installed: run npm ci`);
    })
    .map(([path]) => path);
}

/** Time that stands in the packages: SOURCE_DATE_EPOCH, or that of the commit they are built from. */
export async function epochOf(repository: string): Promise<number> {
  const given = process.env['SOURCE_DATE_EPOCH'];
  const text =
    given ??
    (await promisify(execFile)('git', ['-C', repository, 'log', '-1', '--format=%ct'])).stdout.trim();
  if (/^[0-9]{1,10}$/.test(text)) return Number(text);
  throw new CopaError(
    'invalid_argument',
    `SOURCE_DATE_EPOCH ${shown(text)} is not valid: give seconds since 1970`,
  );
}
