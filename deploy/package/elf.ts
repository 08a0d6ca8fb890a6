/**
 * What a program for Linux needs of the system it runs on: its machine, the libraries it is linked with, and
 * the newest version of each interface that it uses of them. Read from the file itself, as the tools that
 * tell it are not on every machine that builds. 64 bits, little-endian: amd64 and arm64.
 */
import { CopaError } from '../../common/errors.js';

export interface Needs {
  readonly architecture: 'amd64' | 'arm64';
  readonly libraries: readonly string[];
  /** By family, as GLIBC or GLIBCXX, the newest version: "2.28". */
  readonly versions: ReadonlyMap<string, string>;
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly link: number;
  readonly count: number;
}

const machines = new Map<number, Needs['architecture']>([
  [0x3e, 'amd64'],
  [0xb7, 'arm64'],
]);
const dynamicSection = 6;
const versionNeedsSection = 0x6ffffffe;
const neededTag = 1n;

/** Throws `failed_precondition` for anything but a dynamically linked program of one of the machines. */
export function needsOf(file: Buffer, name: string): Needs {
  const architecture = machines.get(file.length > 64 ? file.readUInt16LE(18) : 0);
  if (file.toString('latin1', 0, 6) !== '\x7fELF\x02\x01' || !architecture) {
    throw new CopaError('failed_precondition', `${name} is no program for Linux on amd64 or arm64`);
  }
  const sections = sectionsOf(file);
  const linkedTo = (section: Section) => sections[section.link]?.offset ?? 0;
  const libraries: string[] = [];
  const versions = new Map<string, string>();
  for (const section of sections) {
    if (section.type === dynamicSection) libraries.push(...librariesIn(file, section, linkedTo(section)));
    if (section.type !== versionNeedsSection) continue;
    for (const each of versionsIn(file, section, linkedTo(section))) {
      const [, family, version] = /^([A-Z]+)_([0-9.]+)$/.exec(each) ?? [];
      if (!family || !version) continue;
      const newest = versions.get(family);
      if (newest === undefined || compareVersions(version, newest) > 0) versions.set(family, version);
    }
  }
  return { architecture, libraries, versions };
}

/** Less than, equal to or greater than 0, as `a` is to `b`; "2.9" is less than "2.28". */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let at = 0; at < Math.max(left?.length ?? 0, right?.length ?? 0); at += 1) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function sectionsOf(file: Buffer): Section[] {
  const table = Number(file.readBigUInt64LE(40));
  const [size, count] = [file.readUInt16LE(58), file.readUInt16LE(60)];
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * size;
    return {
      type: file.readUInt32LE(at + 4),
      offset: Number(file.readBigUInt64LE(at + 24)),
      link: file.readUInt32LE(at + 40),
      count: file.readUInt32LE(at + 44),
    };
  });
}

function librariesIn(file: Buffer, section: Section, strings: number): string[] {
  const found: string[] = [];
  for (let at = section.offset; file.readBigUInt64LE(at) !== 0n; at += 16) {
    if (file.readBigUInt64LE(at) === neededTag)
      found.push(text(file, strings + Number(file.readBigUInt64LE(at + 8))));
  }
  return found;
}

/** A list of libraries, each with a list of the versions of it that are needed. */
function versionsIn(file: Buffer, section: Section, strings: number): string[] {
  const found: string[] = [];
  let library = section.offset;
  for (let left = section.count; left > 0; left -= 1) {
    let version = library + file.readUInt32LE(library + 8);
    for (let more = file.readUInt16LE(library + 2); more > 0; more -= 1) {
      found.push(text(file, strings + file.readUInt32LE(version + 8)));
      version += file.readUInt32LE(version + 12);
    }
    library += file.readUInt32LE(library + 12);
  }
  return found;
}

function text(file: Buffer, at: number): string {
  return file.toString('latin1', at, file.indexOf(0, at));
}
