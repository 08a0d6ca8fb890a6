// Aim: an invalid setting is refused with its name, its value and the rule; flags override the environment. Method:
// the command line as commander parses it, with a test environment.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { isOpen } from '../../controller/http/serve.js';
import { controllerCommandWith, type Config } from '../../controller/config/settings.js';
import { failureOf } from '../support/failures.js';

async function read(args: string, environment: Record<string, string> = {}): Promise<Config> {
  Object.assign(process.env, environment);
  let config: Config | undefined;
  const command = controllerCommandWith((checked) => {
    config = checked;
    return Promise.resolve();
  });
  // Not this machine's own file.
  const file = environment['COPA_CONFIG'] ? [] : ['--config', '/dev/null'];
  await command.parseAsync([...file, ...args.split(' ').filter(Boolean)], { from: 'user' });
  if (!config) throw new Error('the command did not run');
  return config;
}

afterEach(() => {
  for (const name of Object.keys(process.env))
    if (name.startsWith('COPA_')) Reflect.deleteProperty(process.env, name);
});

test('the defaults', async () => {
  const config = await read('--name c1');
  expect(config).toEqual({
    host: '127.0.0.1',
    port: 8000,
    stateDirectory: '/var/lib/copa/controller',
    etcd: undefined,
    name: 'c1',
    insecure: false,
    requireToken: false,
    tls: undefined,
    hostNames: [],
    createStarts: false,
    logLevel: 'info',
    agentPort: 8001,
    backup: undefined,
    rebalanceEveryMs: undefined,
    prometheus: undefined,
    settingsFile: '/dev/null',
    joinListen: undefined,
    linkPairs: 'auto',
    certificateLifetimeMs: 90 * 24 * 3600_000,
    networkKeyLifetimeMs: 7 * 24 * 3600_000,
  });
  expect(Object.isFrozen(config)).toBe(true);
});

test('flags beat the environment, which beats the defaults', async () => {
  const environment = {
    COPA_LISTEN: '127.0.0.2:1',
    COPA_AGENT_PORT: '99',
    COPA_NAME: 'e',
    COPA_INSECURE: 'true',
  };
  const config = await read('--listen 127.0.0.3:2', environment);
  expect(config).toMatchObject({ host: '127.0.0.3', port: 2, agentPort: 99, name: 'e', insecure: true });
});

describe('where REST is served', () => {
  test.each(['127.0.0.1:0', '127.1.2.3:8000', '[::1]:8000'])('%s is fine', async (listen) => {
    await read(`--listen ${listen}`);
  });

  test.each([
    ['127.0.0.1:8000', '', true],
    ['127.0.0.1:8000', '--require-token', false],
    ['[::1]:8000', '--tls-cert c --tls-key k', true],
    ['0.0.0.0:8000', '', false],
    ['10.0.0.1:8000', '', false],
    ['[::]:8000', '', false],
    ['10.0.0.1:8000', '--insecure', true],
    ['10.0.0.1:8000', '--insecure --require-token', false],
  ])('%s %s is open without a token: %s', async (listen, flags, open) => {
    expect(isOpen(await read(`--listen ${listen} ${flags}`))).toBe(open);
  });

  test.each([
    '8000',
    'localhost:8000',
    '127.0.0.1',
    '127.0.0.1:65536',
    '127.0.0.1:x',
    '::1:8000',
    '999.0.0.1:1',
  ])('%s is not an address', async (listen) => {
    expect(await failureOf(() => read(`--listen ${listen}`))).toBe(
      `invalid_argument: --listen "${listen}" is not valid: give an IP address and a port, as 127.0.0.1:8000 or [::1]:8000`,
    );
  });
});

describe('other settings', () => {
  test.each([
    ['--agent-port 0', '--agent-port "0" is not valid'],
    ['--agent-port x', '--agent-port "x" is not valid'],
    ['--name a/b', '--name "a/b" is not valid'],
    ['--etcd 127.0.0.1:2379', '--etcd "127.0.0.1:2379" is not valid: give URLs'],
    ['--etcd ftp://h:1', '--etcd "ftp://h:1" is not valid'],
    ['--etcd http://h:1,https://h:2', 'give all as https:// or all as http://'],
    ['--tls-cert x', '--tls-cert and --tls-key go together'],
    ['--tls-key x', '--tls-cert and --tls-key go together'],
    ['--tls-cert x --tls-key y --insecure', '--insecure is for REST without TLS'],
    ['--host-names a_b', '--host-names "a_b" is not valid: give host names'],
    ['--host-names a,https://b', 'give host names separated by commas'],
    ['--etcd-ca x', '--etcd-ca, --etcd-cert and --etcd-key go with --etcd'],
    ['--etcd https://h:1 --etcd-cert x', '--etcd-cert and --etcd-key go together'],
    ['--etcd http://h:1 --etcd-ca x', 'need https://'],
    ['--etcd https://h:1 --etcd-ca /nowhere', '--etcd-ca "/nowhere" cannot be read'],
  ])('%s is refused', async (args, message) => {
    const failure = await failureOf(() => read(args));
    expect(failure).toMatch(/^invalid_argument/);
    expect(failure).toContain(message);
  });

  test('an insecure that is neither true nor false is refused', async () => {
    expect(await failureOf(() => read('', { COPA_INSECURE: 'maybe' }))).toMatch(
      /COPA_INSECURE "maybe" is not valid: give true or false/,
    );
    expect((await read('', { COPA_INSECURE: 'false' })).insecure).toBe(false);
  });

  test('a cluster, with its connection settings', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'copa-config-'));
    for (const file of ['ca', 'cert', 'key']) writeFileSync(join(directory, file), `PEM of ${file}`);
    const files = `--etcd-ca ${directory}/ca --etcd-cert ${directory}/cert --etcd-key ${directory}/key`;
    expect((await read(`--etcd https://a:1/,https://b:2 ${files}`)).etcd).toEqual({
      urls: ['https://a:1', 'https://b:2'],
      ca: 'PEM of ca',
      cert: 'PEM of cert',
      key: 'PEM of key',
    });
    rmSync(directory, { recursive: true });
  });
});
