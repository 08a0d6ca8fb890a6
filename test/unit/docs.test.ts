// Aim: the documents are consistent: links work, every document can be reached from the README, those with a limit
// keep to it, and no replaced name comes back. Method: the files of the tree.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { agentSide } from '../../agent/config/settings.js';
import { registry as agentMetrics } from '../../agent/observability/metrics.js';
import '../../agent/networks/metrics.js';
import '../../agent/usage/container-metrics.js';
import { flagOf } from '../../common/config/settings.js';
import { errorCodes } from '../../common/errors.js';
import { controllerSide } from '../../controller/config/settings.js';
import { phases } from '../../controller/model/migration.js';
import {
  backupBytes,
  backupMadeAt,
  controllerUp,
  etcdDatabaseBytes,
  etcdOutOfSpace,
  etcdUnreadable,
  evacuationContainers,
  evacuationsKnown,
  networkAddressesFree,
  networkAddressesUsed,
  networkConflicts,
  networkHostsNotReady,
  networkKeysOverdue,
  migrationsRunning,
  migrationsQueued,
  migrationsWaiting,
  poolUp,
  publishedPortProblems,
  publishedPorts,
  registry as controllerMetrics,
} from '../../controller/observability/metrics.js';
import { privilegeKinds } from '../../agent/model/privileges.js';

const root = join(import.meta.dirname, '../..');
const made = new Set(['node_modules', 'dist', 'packages', 'coverage', 'gen']);

/** All files of the tree that are not generated, by their paths from its root. */
function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return made.has(entry.name) || entry.name === '.git' ? [] : filesIn(path);
    return [path];
  });
}

const files = filesIn('.');
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

const documents = files.filter((file) => file.endsWith('.md'));

/** Without code, in which nothing is a link or a heading. */
const proseOf = (file: string) => textOf(file).replace(/^ *```[^]*?^ *```$/gm, '');

const headingsOf = (file: string) =>
  [...proseOf(file).matchAll(/^#{1,6} +(.*?)[ #]*$/gm)].map(([, heading = '']) => heading);

/** The anchor of a heading, as the usual forges generate it. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const linksOf = (file: string) =>
  [...proseOf(file).matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)].map(
    ([, link, source]) => link ?? source ?? '',
  );

function problemOf(file: string, link: string): string | undefined {
  if (/^https?:/.test(link)) return undefined;
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? file : relative(root, join(root, dirname(file), path));
  if (!existsSync(join(root, target))) return `${file}: ${link} leads nowhere`;
  if (anchor === undefined || headingsOf(target).map(anchorOf).includes(anchor)) return undefined;
  return `${file}: ${target} has no heading for #${anchor}`;
}

/** The words that names, messages and headings must not contain, with their replacements. */
const replacedWords = new Map(
  [
    ...(textOf('docs/glossary.md').split('\n## Replaced words\n')[1] ?? '').matchAll(
      /^\| (.+?) \| (.+?) \|$/gm,
    ),
  ]
    .slice(2)
    .flatMap(([, words = '', now = '']) => words.split(', ').map((word) => [word, now] as const)),
);

/** Words in protocols of earlier releases, by folder. */
const ofTheProtocol: Readonly<Record<string, readonly string[]>> = {
  // The word of DNS.
  'agent/networks': ['questions'],
  // The enrollment port's path and the field of its reply.
  'common/net': ['standing'],
  'controller/enrollment': ['standing'],
  'common/pki': ['standing'],
};

const wordsOf = (name: string) =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
const replacedIn = (name: string) => wordsOf(name).filter((word) => replacedWords.has(word));

/** Texts outside code: comments, and strings without the expressions in them. */
const noCode = /\/\*[^]*?\*\/|(?<!:)\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
const expressionsIn = (text: string) =>
  text.startsWith('`') ? (text.match(/\$\{[^}]*\}/g) ?? []).join(' ') : ' ';

const identifiersOf = (file: string) =>
  new Set(
    textOf(file)
      .replace(noCode, expressionsIn)
      .match(/[\w$]+/g),
  );

/** Messages, help and log lines, without paths and names in other projects' protocols. */
const textsOf = (file: string) =>
  [...(file.startsWith('deploy/lab/') ? '' : textOf(file)).matchAll(noCode)]
    .map(([text]) => text.replace(/\$\{[^}]*\}/g, ' '))
    .filter((text) => !text.startsWith('/') && text.includes(' '));

const roomOf = (file: string) =>
  dirname(file)
    .split('/')
    .slice(0, file.startsWith('controller/http/') ? 3 : 2)
    .join('/');

const product = files.filter((file) =>
  /^(?:deploy|cli|page|client|controller|agent|common|proto)\/.*\.(?:tsx?|proto)$/.test(file),
);

describe('documents', () => {
  test('each link leads to a file, and to a heading of it', () => {
    expect(documents.length).toBeGreaterThan(10);
    const problems = documents.flatMap((file) => linksOf(file).map((link) => problemOf(file, link)));
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });

  test('each document can be reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const file of reached) {
      for (const link of linksOf(file)) {
        const target = relative(root, join(root, dirname(file), link.split('#')[0] ?? ''));
        if (target.endsWith('.md')) reached.add(target);
      }
    }
    expect(documents.filter((file) => !reached.has(file))).toEqual([]);
  });

  test.each([
    ['README.md', 200],
    ['docs/architecture.md', 250],
  ])('%s has at most %i lines', (file, linesMax) => {
    expect(textOf(file).trimEnd().split('\n').length).toBeLessThanOrEqual(linesMax);
  });

  test('the files that the architecture names exist', () => {
    const named = [...textOf('docs/architecture.md').matchAll(/`([a-z]+\/[a-z0-9/-]+\.(?:ts|proto))`/g)];
    const missing = named
      .map(([, name = '']) => name)
      .filter((name) => !files.some((file) => file === name || file.endsWith(`/${name}`)));
    expect(named.length).toBeGreaterThan(20);
    expect(missing).toEqual([]);
  });
});

describe("the documents' lists are complete", () => {
  /** The names in the first column of all tables of a document. */
  const listedIn = (file: string) =>
    [...textOf(file).matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    );
  const metricNames = [
    ...controllerMetrics.getMetricsAsArray(),
    ...agentMetrics.getMetricsAsArray(),
    backupBytes,
    backupMadeAt,
    controllerUp,
    etcdDatabaseBytes,
    etcdOutOfSpace,
    etcdUnreadable,
    evacuationContainers,
    publishedPortProblems,
    publishedPorts,
    evacuationsKnown,
    networkAddressesFree,
    networkAddressesUsed,
    networkConflicts,
    networkHostsNotReady,
    networkKeysOverdue,
    poolUp,
    migrationsRunning,
    migrationsQueued,
    migrationsWaiting,
  ].flatMap(({ name }) => (name.startsWith('copa_') ? [name] : []));
  const alerts = parse(textOf('deploy/prometheus/alerts.yml')) as {
    groups: { rules: { alert: string }[] }[];
  };

  test.each([
    [
      'settings',
      'docs/install.md',
      /^--/,
      [controllerSide, agentSide].flatMap(({ settings }) => Object.keys(settings).map(flagOf)),
    ],
    ['metrics', 'docs/monitoring.md', /^copa_/, metricNames],
    [
      'alerts',
      'docs/monitoring.md',
      /^Copa/,
      alerts.groups.flatMap(({ rules }) => rules.map(({ alert }) => alert)),
    ],
    ['privileges', 'docs/security.md', /^(?!all$|copa-)[a-z]+$/, privilegeKinds],
  ])('%s of %s', (_, file, pattern, expected) => {
    const listed = new Set(listedIn(file).filter((name) => pattern.test(name)));
    expect([...listed].sort()).toEqual([...new Set(expected)].sort());
  });

  test.each([
    ['phases', 'docs/migration.md', phases],
    ['error codes', 'docs/rest-api.md', errorCodes.filter((code) => code !== 'cancelled')],
  ])('%s are in %s', (_, file, expected) => {
    expect(expected.filter((name) => !textOf(file).includes(`\`${name}\``))).toEqual([]);
  });
});

describe('replaced names', () => {
  test('are listed in the glossary', () => {
    expect(replacedWords.size).toBeGreaterThan(20);
  });

  test('are in no name of a file', () => {
    expect(product.filter((file) => file.split('/').some((part) => replacedIn(part).length > 0))).toEqual([]);
  });

  test('are in no heading', () => {
    const headings = documents.flatMap((file) => headingsOf(file).map((heading) => `${file}: ${heading}`));
    expect(headings.filter((heading) => replacedIn(heading).length > 0)).toEqual([]);
  });

  test.each([
    ['identifier', identifiersOf],
    ['message', textsOf],
  ])('are in no %s', (_, namesIn) => {
    const problems = product.flatMap((file) =>
      [...namesIn(file)].flatMap((name) =>
        replacedIn(name)
          .filter((word) => !ofTheProtocol[roomOf(file)]?.includes(word))
          .map((word) => `${file}: ${name.slice(0, 80)} (now: ${String(replacedWords.get(word))})`),
      ),
    );
    expect(problems).toEqual([]);
  });
});
