/**
 * The four packages. `copa` is the program, for each machine that runs any part of it. `copa-controller` and
 * `copa-agent` make one side a service of the machine. Both use one program, so that a machine with both has one
 * version of it. `python3-copa` is the client for Python, and needs none of the others.
 */
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchNode, nodeReleases, type NodeArchitecture } from '../node/releases.js';
import { buildPackage, type Package } from './deb.js';
import { epochOf, layOutProgram } from './program.js';

interface Order {
  /** Where package.json is, and the build in dist/. */
  readonly repository: string;
  /** Where the packages go. */
  readonly out: string;
  /** Of the machines that the packages are for. */
  readonly architecture: NodeArchitecture;
}

/** The Node.js release in the packages. */
const release = nodeReleases['24'];

/** Debian's names of architectures. */
const debianNames = { x64: 'amd64', arm64: 'arm64' } as const satisfies Record<NodeArchitecture, string>;

/**
 * What that Node.js needs of the system, on both architectures: what `dpkg-shlibdeps` computes, which a test
 * compares. Ubuntu 22.04, the oldest of the systems that the packages are for, has libc6 2.35 and libstdc++6 12.
 */
const nodeDepends = 'libc6 (>= 2.34), libgcc-s1 (>= 3.4), libstdc++6 (>= 10.2)';

const sides = {
  controller: {
    summary: 'system containers on many hosts as if they were one: the controller',
    explanation: [
      'Serves the REST API, manages the hosts, and controls the migrations between them.',
      'Keeps its data in an etcd of its own, for which it needs the program of',
      'etcd-server, or in an etcd cluster of yours.',
    ],
    fields: { Recommends: 'etcd-server' },
  },
  agent: {
    summary: 'system containers on many hosts as if they were one: the agent of a host',
    explanation: [
      "Drives the host's LXD or Incus, whichever it has, for the controller, and moves",
      'containers to other hosts. It starts when the host has joined: copa agent join.',
    ],
    fields: { Suggests: 'incus, lxd' },
  },
} as const;

const python = {
  name: 'python3-copa',
  architecture: 'all',
  summary: 'system containers on many hosts as if they were one: the client for Python',
  explanation: ['The REST API as a module of Python, copa, with the types of all that it answers.'],
  fields: { Section: 'python', Depends: 'python3 (>= 3.8), python3-requests' },
  scripts: {},
} as const;

/** Builds all packages from what is built in the repository; returns their paths. */
export async function buildPackages({ repository, out, architecture }: Order): Promise<string[]> {
  const node = await fetchNode(release, architecture);
  const epoch = await epochOf(repository);
  const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as {
    version: string;
  };
  const common = {
    Section: 'admin',
    Priority: 'optional',
    Maintainer: 'COPA developers <copa@localhost>',
  };
  const trees = await mkdtemp(join(tmpdir(), 'copa-package-'));
  try {
    await mkdir(out, { recursive: true });
    const built: string[] = [];
    const build = async (what: Package, fill: (tree: string) => Promise<void>) => {
      const tree = join(trees, what.name);
      const documents = join(tree, 'usr/share/doc', what.name);
      await mkdir(documents, { recursive: true });
      await writeFile(join(documents, 'copyright'), copyright);
      await fill(tree);
      built.push(await buildPackage(what, tree, out, epoch));
    };

    await build(
      {
        name: 'copa',
        version,
        architecture: debianNames[architecture],
        fields: { ...common, Depends: nodeDepends },
        summary: 'system containers on many hosts as if they were one: the program',
        explanation: ['The command copa, with the Node.js that runs it. Nothing is started by this package.'],
        scripts: {},
      },
      (tree) => layOutProgram(repository, node, tree),
    );
    for (const [side, { summary, explanation, fields }] of Object.entries(sides)) {
      await build(
        {
          name: `copa-${side}`,
          version,
          architecture: 'all',
          // The service runs the program's files, so both must have the same version.
          fields: { ...common, Depends: `copa (= ${version}), init-system-helpers, passwd`, ...fields },
          summary,
          explanation,
          scripts: await scriptsOf(repository, side),
        },
        (tree) => layOutSide(repository, side, tree),
      );
    }
    await build({ ...python, version, fields: { ...common, ...python.fields } }, (tree) =>
      layOutPython(repository, tree),
    );
    return built;
  } finally {
    await rm(trees, { recursive: true });
  }
}

async function layOutSide(repository: string, side: string, tree: string): Promise<void> {
  const units = join(tree, 'usr/lib/systemd/system');
  await mkdir(units, { recursive: true });
  const names = (await readdir(join(repository, 'deploy/systemd'))).filter((name) =>
    name.startsWith(`copa-${side}`),
  );
  for (const name of names) await cp(join(repository, 'deploy/systemd', name), join(units, name));
  const example = join(tree, `usr/share/doc/copa-${side}`, `${side}.yaml.example`);
  await cp(join(repository, 'deploy', `${side}.yaml.example`), example);
  await chmod(example, 0o644);
}

async function layOutPython(repository: string, tree: string): Promise<void> {
  const modules = join(tree, 'usr/lib/python3/dist-packages');
  await mkdir(modules, { recursive: true });
  await cp(join(repository, 'client/python/copa.py'), join(modules, 'copa.py'));
  const examples = join(tree, 'usr/share/doc/python3-copa/examples');
  await cp(join(repository, 'client/python/examples'), examples, {
    recursive: true,
    filter: (path) => !path.includes('__pycache__'),
  });
}

async function scriptsOf(repository: string, side: string): Promise<Record<string, string>> {
  const scripts: Record<string, string> = {};
  for (const name of ['postinst', 'prerm', 'postrm']) {
    const text = await readFile(join(repository, 'deploy/debian', name), 'utf8');
    scripts[name] = text.replaceAll('@SIDE@', side);
  }
  return scripts;
}

const copyright = `COPA is licensed under the Apache License, version 2.0, which on Debian systems is in
/usr/share/common-licenses/Apache-2.0.

The package copa also holds Node.js, whose licence and those of all that is in it are in
/usr/share/doc/copa/LICENSE.nodejs, and npm packages, whose licences are beside them in
/usr/lib/copa/node_modules.
`;
