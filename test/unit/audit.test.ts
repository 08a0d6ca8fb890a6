// Aim: the audit log keeps its entries for as long as it promises, and no secret. Method: the log itself on a real
// disk with small files.
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AuditLog, recordedOf, printable, type AuditEntry } from '../../controller/http/auth/audit-log.js';
import { silentLog } from '../support/etcd.js';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'copa-audit-'));
  path = join(directory, 'audit.log');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const entry = (name: string): AuditEntry => ({
  at: '2026-01-01T00:00:00.000Z',
  who: 'ci',
  role: 'operator',
  from: '192.0.2.7',
  method: 'POST',
  path: '/REST/container',
  parameters: { container_name: name },
  outcome: 'done',
  status: 200,
  ms: 3,
});
const namesIn = (entries: readonly AuditEntry[]) =>
  entries.map(({ parameters }) => parameters['container_name']);

test('lines are complete, in order, and readable only by its user', async () => {
  writeFileSync(path, '');
  chmodSync(path, 0o644);
  const audit = new AuditLog(path, silentLog);
  await Promise.all(Array.from({ length: 50 }, (_, number) => audit.write(entry(`c${number}`))));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
    Array.from({ length: 50 }, (_, number) => entry(`c${number}`)),
  );
  expect(namesIn(await audit.last(3))).toEqual(['c47', 'c48', 'c49']);
  await audit.close();
});

test('after a restart it continues, after a line that a crash truncated', async () => {
  const before = new AuditLog(path, silentLog);
  await before.write(entry('c1'));
  await before.close();
  appendFileSync(path, '{"at":"2026-01-01T00\n');
  const audit = new AuditLog(path, silentLog);
  await audit.write(entry('c2'));
  expect(namesIn(await audit.last(10))).toEqual(['c1', 'c2']);
  await audit.close();
});

test('five files are kept, and the last lines are found across them', async () => {
  const size = JSON.stringify(entry('c000')).length + 1;
  const audit = new AuditLog(path, silentLog, 3 * size);
  const name = (number: number) => `c${String(number).padStart(3, '0')}`;
  for (let number = 0; number < 40; number++) await audit.write(entry(name(number)));
  expect(readdirSync(directory).sort()).toEqual(['', '.1', '.2', '.3', '.4'].map((age) => `audit.log${age}`));
  for (const file of readdirSync(directory)) {
    expect(statSync(join(directory, file)).size).toBeLessThanOrEqual(3 * size);
    expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
  }
  expect(namesIn(await audit.last(5))).toEqual([35, 36, 37, 38, 39].map(name));
  expect(await audit.last(1000)).toHaveLength(13);
  await audit.close();
});

test('what is refused without a token displaces nothing of those who have one', async () => {
  const audit = new AuditLog(path, silentLog, 1000);
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  await audit.write({ ...entry('first'), at: at(0) });
  const refused = { ...entry('x'), who: null, role: null, outcome: 'refused', status: 401 } as const;
  for (let number = 1; number <= 50; number++) {
    await audit.write({ ...refused, from: `2001:db8:0:${number.toString(16)}::1`, at: at(number) });
  }
  await audit.write({ ...entry('last'), at: at(51) });
  const all = await audit.last(1000);
  expect(all[0]?.parameters).toEqual({ container_name: 'first' });
  expect(all.at(-1)?.parameters).toEqual({ container_name: 'last' });
  // The newest of both, in their order.
  expect((await audit.last(2)).map(({ at: when }) => when)).toEqual([at(50), at(51)]);
  await audit.close();
});

test('a line that cannot be written is in the log instead, and work goes on', async () => {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const audit = new AuditLog(join(directory, 'missing', 'audit.log'), log);
  await audit.write(entry('c1'));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('the audit log cannot be written');
  expect(lines[0]).toContain('"container_name":"c1"');
});

test('it has only known parameters, truncated, and no token', () => {
  const secret = `copa_${'0'.repeat(16)}_${'S'.repeat(43)}`;
  const parameters = new Map<string, unknown>([
    ['operation', 'exec'],
    ['container_name', 'x'.repeat(300)],
    ['name', secret],
    ['stop_timeout', 5],
    ['command', 'mysql -phunter2'],
    ['password', 'hunter2'],
    ['token', secret],
    ['cpu', { a: 1 }],
  ]);
  const recorded = recordedOf(parameters);
  expect(recorded).toEqual({
    operation: 'exec',
    container_name: `${'x'.repeat(197)}...`,
    name: 'copa_...',
    stop_timeout: '5',
  });
  expect(printable(`/REST/${secret}/x`)).toBe('/REST/copa_.../x');
});
