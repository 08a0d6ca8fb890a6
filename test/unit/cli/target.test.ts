// Aim: a command uses the intended controller, and no token is sent to another one. Method: environments and contexts
// of all kinds; the file, on a disk.
import { mkdtempSync, rmSync, statSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readContexts, writeContexts } from '../../../cli/contexts.js';
import { localSocketIn, plainAddresses, targetOf, type Contexts } from '../../../cli/target.js';
import { failureOf } from '../../support/failures.js';

const known: Contexts = {
  current: 'lab',
  contexts: {
    lab: { address: 'http://127.0.0.1:1', token: 'lab-token' },
    site: { address: 'https://site:2', caFile: '/site.crt' },
  },
};
const none: Contexts = { contexts: {} };

test('the default', () => {
  expect(targetOf(undefined, {}, none)).toEqual({ address: 'http://127.0.0.1:8000' });
});

test('the context in use, COPA_CONTEXT, COPA_ADDR, --context: each beats the one before', () => {
  expect(targetOf(undefined, {}, known).address).toBe('http://127.0.0.1:1');
  expect(targetOf(undefined, { COPA_CONTEXT: 'site' }, known).address).toBe('https://site:2');
  const env = { COPA_CONTEXT: 'site', COPA_ADDR: 'http://other:3' };
  expect(targetOf(undefined, env, known).address).toBe('http://other:3');
  expect(targetOf('lab', env, known).address).toBe('http://127.0.0.1:1');
});

test("a context's token and CA go nowhere else", () => {
  expect(targetOf(undefined, {}, known).token).toBe('lab-token');
  expect(targetOf(undefined, { COPA_ADDR: 'http://other:3' }, known)).toEqual({ address: 'http://other:3' });
  expect(targetOf(undefined, { COPA_ADDR: 'http://other:3', COPA_TOKEN: 't' }, known).token).toBe('t');
  expect(targetOf('site', { COPA_TOKEN: 't' }, known)).toEqual({
    address: 'https://site:2',
    token: 't',
    caFile: '/site.crt',
  });
  expect(targetOf('lab', { COPA_TOKEN: 't' }, known).token).toBe('lab-token');
});

test('an invalid context or address is reported', async () => {
  expect(await failureOf(() => targetOf('no', {}, known))).toBe(
    'not_found: there is no context "no"; there is lab, site',
  );
  for (const address of ['nonsense', 'ftp://a', 'server1:8000']) {
    expect(await failureOf(() => targetOf(undefined, { COPA_ADDR: address }, none))).toMatch(
      /^invalid_argument: the address ".*" is not valid/,
    );
  }
});

test.each([
  ['http://127.0.0.1:8000', false],
  ['http://localhost:8000', false],
  ['http://[::1]:8000', false],
  ['https://copa.example', false],
  ['http://10.0.0.1:8000', true],
  // A host with such a name may be anywhere.
  ['http://127.example.org', true],
])('a token to %s is readable on the way: %s', (address, readable) => {
  expect(plainAddresses({ address, token: 't' })).toEqual(readable ? [address] : []);
  expect(plainAddresses({ address })).toEqual([]);
});

test('each of several addresses is checked', async () => {
  const address = 'unix:/run/c.sock, https://one:8000,http://two:8000';
  expect(targetOf(undefined, { COPA_ADDR: address }, none).address).toBe(address);
  expect(plainAddresses({ address, token: 't' })).toEqual(['http://two:8000']);
  for (const wrong of ['http://one:8000,two', ',', ' , ']) {
    expect(await failureOf(() => targetOf(undefined, { COPA_ADDR: wrong }, none))).toMatch(
      /^invalid_argument: (the address "two" is not valid|no address was given)/,
    );
  }
});

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'copa-'))));
afterEach(() => rmSync(home, { recursive: true }));

test('contexts are kept, readable by their owner alone', async () => {
  const env = { HOME: home };
  expect(await readContexts(env)).toEqual({ contexts: {} });
  await writeContexts(env, known);
  expect(await readContexts(env)).toEqual(known);
  expect(statSync(join(home, '.config/copa/config.yaml')).mode & 0o777).toBe(0o600);
});

test.each([
  ['[]', 'the file is not a mapping'],
  ['contexts: {a: {}}', 'a.address is missing'],
  ['contexts: {a: {address: 1}}', 'a.address is not a string'],
  ['contexts: {a: {address: http://a, tokn: x}}', 'a has an unknown key "tokn"'],
  ['a: [', 'is not valid'],
])('a file with %s is refused', async (text, message) => {
  mkdirSync(join(home, 'copa'));
  writeFileSync(join(home, 'copa/config.yaml'), text);
  expect(await failureOf(() => readContexts({ XDG_CONFIG_HOME: home }))).toContain(message);
});

test("this machine's controller is reached by its socket by default", () => {
  const socket = `unix:${localSocketIn({})}`;
  expect(socket).toBe('unix:/var/lib/copa/controller/rest.sock');
  expect(localSocketIn({ COPA_STATE_DIR: '/srv/c' })).toBe('/srv/c/rest.sock');
  expect(targetOf(undefined, { COPA_TOKEN: 't' }, none, socket)).toEqual({ address: socket, token: 't' });
  expect(targetOf(undefined, { COPA_ADDR: 'http://other:3' }, none, socket).address).toBe('http://other:3');
  expect(targetOf(undefined, {}, known, socket).address).toBe('http://127.0.0.1:1');
  expect(targetOf(undefined, { COPA_ADDR: 'unix:/run/c.sock' }, none).address).toBe('unix:/run/c.sock');
  expect(plainAddresses({ address: socket, token: 't' })).toEqual([]);
});
