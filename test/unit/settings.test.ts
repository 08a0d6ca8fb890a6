// Aim: a setting has the same meaning as flag, variable and line of the file; an error names its place; the examples
// contain exactly the existing settings; changing a file keeps what people wrote into it. Method: both sides' own
// tables, a command as commander parses it, and files in a directory of their own.
import { Command } from 'commander';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { agentSide } from '../../agent/config/settings.js';
import { controllerSide } from '../../controller/config/settings.js';
import { exampleOf, readSettingsFile, writeSettings } from '../../common/config/settings-file.js';
import { addSettings, readSettings } from '../../common/config/settings-flags.js';
import { fileKeyOf, type Side } from '../../common/config/settings.js';
import { failureOf } from '../support/failures.js';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'copa-settings-'));
  file = join(directory, 'agent.yaml');
});
afterEach(() => {
  rmSync(directory, { recursive: true });
  for (const name of Object.keys(process.env))
    if (name.startsWith('COPA_')) Reflect.deleteProperty(process.env, name);
});

function read(text: string, args: string[] = [], environment: Record<string, string> = {}) {
  writeFileSync(file, text);
  Object.assign(process.env, environment);
  const command = addSettings(new Command('agent'), agentSide);
  command.parse(['--config', file, ...args], { from: 'user' });
  return readSettings(command, agentSide);
}

test('flags beat the environment, which beats the file, which beats the defaults', () => {
  const text = 'listen: 10.0.0.1:1\nstream_port: 2\nidentity: /from/file\n';
  const environment = {
    COPA_LISTEN: '10.0.0.1:3',
    COPA_STREAM_PORT: '4',
    COPA_IDENTITY: '',
    COPA_LOG_LEVEL: '',
  };
  expect(read(text, ['--listen', '10.0.0.1:5'], environment)).toEqual({
    allowPrivileges: new Set(),
    listen: { host: '10.0.0.1', port: 5 },
    streamPort: 4,
    identity: '/from/file',
    metricsListen: { host: '127.0.0.1', port: 8004 },
    measure: true,
    probePort: 'same',
    countTraffic: false,
    measurementsSize: 256 * 1024 * 1024,
    logLevel: 'info',
  });
});

describe('an error names its place', () => {
  test('as a flag, a variable, a line', async () => {
    const failure = await failureOf(() =>
      Promise.resolve(read('stream_port: 70000', ['--listen', 'x'], { COPA_LOG_LEVEL: 'loud' })),
    );
    expect(failure.split('\n')).toEqual([
      'invalid_argument: --listen "x" is not valid: give an IPv4 address and a port, as in 10.0.0.2:8001',
      `stream_port in ${file} "70000" is not valid: a port is 0 to 65535`,
      'COPA_LOG_LEVEL "loud" is not valid: the levels are trace, debug, info, warn, error, fatal',
    ]);
  });

  test.each([
    ['lisen: 10.0.0.1:1', '"lisen" is not a setting of the agent; the settings are listen, stream_port'],
    ['listen: 1\nlisten: 2', 'Map keys must be unique'],
    ['listen: {a: b}', 'listen must be one value, or a list of values'],
    ['- listen', 'give one setting a line'],
    ['listen: "', 'Missing closing'],
    ['listen: !!js x', 'Unresolved tag'],
  ])('%j', async (text, message) => {
    const failure = await failureOf(() => Promise.resolve(read(text)));
    expect(failure).toMatch(/^invalid_argument/);
    expect(failure).toContain(`${file}: `);
    expect(failure).toContain(message);
  });

  test('a named file must exist', async () => {
    const failure = await failureOf(() =>
      Promise.resolve(readSettingsFile(agentSide, '/nowhere/agent.yaml', { optional: false })),
    );
    expect(failure).toContain('cannot read the settings in /nowhere/agent.yaml');
    expect(readSettingsFile(agentSide, '/nowhere/agent.yaml', { optional: true }).size).toBe(0);
  });
});

test('values are text, as in a flag; a list is separated by commas', () => {
  writeFileSync(file, 'insecure: no\nagent_port: 08001\netcd: [https://a:1, https://b:2]\n');
  expect([...readSettingsFile(controllerSide, file, { optional: false })]).toEqual([
    ['insecure', 'no'],
    ['agentPort', '08001'],
    ['etcd', 'https://a:1,https://b:2'],
  ]);
});

describe.each([controllerSide, agentSide] as Side[])('the example of the $name', (side) => {
  const example = exampleOf(side);

  test('equals the file in deploy/ (vitest -u writes it)', async () => {
    await expect(example).toMatchFileSnapshot(`../../deploy/${side.name}.yaml.example`);
  });

  test('sets nothing, and names exactly the existing settings, each with a valid value', () => {
    writeFileSync(file, example);
    expect(readSettingsFile(side, file, { optional: false }).size).toBe(0);
    const all = parse(example.replaceAll(/^#(?! |$)/gm, ''), { schema: 'failsafe' }) as Record<
      string,
      string
    >;
    expect(Object.keys(all)).toEqual(Object.keys(side.settings).map(fileKeyOf));
    for (const [name, setting] of Object.entries(side.settings)) {
      expect(setting.value.safeParse(all[fileKeyOf(name)]).success, name).toBe(true);
    }
  });
});

describe('changing a file', () => {
  test('creates it from the example, each setting below its explanation', async () => {
    await writeSettings(agentSide, { listen: '10.0.0.7:8001', identity: '/x y' }, file);
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
      'listen: "10.0.0.7:8001"',
      'identity: "/x y"',
    ]);
    expect(lines[lines.indexOf('listen: "10.0.0.7:8001"') - 1]).toContain('(--listen, COPA_LISTEN)');
    expect(read(readFileSync(file, 'utf8')).listen.host).toBe('10.0.0.7');
  });

  test('keeps comments, other settings and the mode', async () => {
    writeFileSync(file, '# mine\nlisten: 10.0.0.1:1 # old\n\n# loud\nlog_level: debug\n', { mode: 0o600 });
    await writeSettings(agentSide, { listen: '10.0.0.2:2', streamPort: '3' }, file);
    expect(readFileSync(file, 'utf8')).toBe(
      '# mine\nlisten: 10.0.0.2:2 # old\n\n# loud\nlog_level: debug\nstream_port: "3"\n',
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('writes nothing when a value is invalid, or the file cannot be parsed', async () => {
    writeFileSync(file, 'lisen: x\n');
    expect(await failureOf(() => writeSettings(agentSide, { streamPort: 'x' }, file))).toBe(
      'invalid_argument: stream_port "x" is not valid: a port is 0 to 65535',
    );
    expect(await failureOf(() => writeSettings(agentSide, { streamPort: '3' }, file))).toContain('lisen');
    expect(readFileSync(file, 'utf8')).toBe('lisen: x\n');
  });
});
