/**
 * A Debian package from a tree of files and its control data. The same input gives the same bytes, whoever
 * builds, when and where: owners, modes, times and order come from here and not from the machine.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, lutimes, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';

export interface Package {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** More fields of the control file, as Depends. */
  readonly fields: Readonly<Record<string, string>>;
  /** One line; the explanation that follows it is wrapped already. */
  readonly summary: string;
  readonly explanation: readonly string[];
  /** By name as dpkg knows them: preinst, postinst, prerm, postrm. */
  readonly scripts: Readonly<Record<string, string>>;
}

/** Good for a program that is mostly machine code. A higher level costs minutes for a few per cent. */
const compression = ['-Zzstd', '-z12', '--threads-max=2'];

/**
 * Builds `tree`, which gets its DEBIAN directory here, into `directory`; returns the package's path. Files
 * are root's, and executable if their owner could execute them.
 */
export async function buildPackage(
  what: Package,
  tree: string,
  directory: string,
  epochSeconds: number,
): Promise<string> {
  const files = await filesIn(tree);
  const control = join(tree, 'DEBIAN');
  await mkdir(control);
  await writeFile(join(control, 'control'), await controlFile(what, tree, files));
  await writeFile(join(control, 'md5sums'), await checksums(tree, files));
  for (const [name, text] of Object.entries(what.scripts)) {
    await writeFile(join(control, name), text, { mode: 0o755 });
  }
  await settle(tree, epochSeconds);
  const out = join(directory, `${what.name}_${what.version}_${what.architecture}.deb`);
  await promisify(execFile)('dpkg-deb', ['--root-owner-group', ...compression, '--build', tree, out], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(epochSeconds) },
  });
  return out;
}

async function controlFile(what: Package, tree: string, files: readonly string[]): Promise<string> {
  let bytes = 0;
  for (const file of files) bytes += (await stat(join(tree, file))).size;
  const fields = {
    Package: what.name,
    Version: what.version,
    Architecture: what.architecture,
    ...what.fields,
    'Installed-Size': String(Math.ceil(bytes / 1024)),
    Description: [what.summary, ...what.explanation.map((line) => ` ${line}`)].join('\n'),
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

async function checksums(tree: string, files: readonly string[]): Promise<string> {
  const lines: string[] = [];
  for (const file of files) {
    const sum = createHash('md5').update(await readFile(join(tree, file)));
    lines.push(`${sum.digest('hex')}  ${file}\n`);
  }
  return lines.join('');
}

/** All files below a directory, in the order of their names. */
async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .sort();
}

/** Modes and times that do not depend on who made the tree. */
async function settle(tree: string, epochSeconds: number): Promise<void> {
  const entries = await readdir(tree, { recursive: true, withFileTypes: true });
  const paths = [tree, ...entries.map((entry) => join(entry.parentPath, entry.name))];
  // The deepest first, because a change below a directory changes the directory's time.
  for (const path of paths.sort().reverse()) {
    const status = await stat(path);
    await chmod(path, status.isDirectory() || status.mode & 0o100 ? 0o755 : 0o644);
    await lutimes(path, epochSeconds, epochSeconds);
  }
}
