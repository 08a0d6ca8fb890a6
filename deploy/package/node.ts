/** The Node.js that the packages carry: whether it runs on all systems that they are for, and its licence. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CopaError } from '../../common/errors.js';
import { compareVersions, needsOf, type Needs } from './elf.js';

/** The oldest of the systems that the packages are for, Ubuntu 22.04, has these. */
const newest = { GLIBC: '2.35', GLIBCXX: '3.4.30' } as const;

/** The libraries that every Debian and Ubuntu has, and the package of each. */
const packageOf = new Map([
  ['libc.so.6', 'libc6'],
  ['libm.so.6', 'libc6'],
  ['libdl.so.2', 'libc6'],
  ['libpthread.so.0', 'libc6'],
  ['ld-linux-x86-64.so.2', 'libc6'],
  ['ld-linux-aarch64.so.1', 'libc6'],
  ['libgcc_s.so.1', 'libgcc-s1'],
  ['libstdc++.so.6', 'libstdc++6'],
  ['libatomic.so.1', 'libatomic1'],
]);

/** The first gcc whose libstdc++6 has a version of the interface. */
const gccOf: readonly (readonly [interfaceVersion: string, gcc: string])[] = [
  ['3.4.21', '5.1'],
  ['3.4.25', '8'],
  ['3.4.28', '9.3'],
  ['3.4.29', '11'],
  ['3.4.30', '12'],
];

export interface Node {
  readonly file: string;
  readonly licence: string;
  readonly architecture: Needs['architecture'];
  readonly depends: readonly string[];
}

/** Looks whether a Node can be shipped. Throws `failed_precondition` with what is wrong with it. */
export async function inspectNode(file: string, licence?: string): Promise<Node> {
  const refuse = (message: string) => new CopaError('failed_precondition', message);
  const { architecture, libraries, versions } = needsOf(await readFile(file), file);
  for (const [family, highest] of Object.entries(newest)) {
    const needed = versions.get(family) ?? '0';
    if (compareVersions(needed, highest) > 0) {
      throw refuse(
        `${file} needs ${family} ${needed}, and Ubuntu 22.04 has ${highest}: name another one with --node`,
      );
    }
  }
  const packages = new Set(
    libraries.map((library) => {
      const name = packageOf.get(library);
      if (name) return name;
      throw refuse(
        `${file} needs ${library}, which not every system has: give Node's own build, of nodejs.org, with --node`,
      );
    }),
  );
  return {
    file,
    licence: licence ?? licenceBeside(file),
    architecture,
    depends: [...packages].sort().map((name) => withVersion(name, versions)),
  };
}

function withVersion(name: string, versions: ReadonlyMap<string, string>): string {
  const least = { libc6: versions.get('GLIBC'), 'libstdc++6': gccFor(versions.get('GLIBCXX') ?? '0') }[name];
  return least === undefined ? name : `${name} (>= ${least})`;
}

function gccFor(version: string): string {
  const row = gccOf.find(([interfaceVersion]) => compareVersions(version, interfaceVersion) <= 0);
  if (row) return row[1];
  throw new Error(`no gcc is known for GLIBCXX ${version}`);
}

/** Node may only be passed on with its licence: beside it in its archive, or in a package's documentation. */
function licenceBeside(file: string): string {
  const prefix = resolve(dirname(file), '..');
  const found = [join(prefix, 'LICENSE'), join(prefix, 'share/doc/nodejs/LICENSE')].find((each) =>
    existsSync(each),
  );
  if (found) return found;
  throw new CopaError(
    'failed_precondition',
    `the licence of ${file} is not found: name it with --node-licence`,
  );
}
