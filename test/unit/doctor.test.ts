// Aim: the doctor reports each problem with advice, and an unforeseen error does not stop the other checks. Method:
// its checks on prepared replies, files and ports; real ones are in e2e/package.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { controllerChecks } from '../../controller/diagnostics/doctor.js';
import {
  examine,
  isHealthy,
  ok,
  problem,
  reportOf,
  validityOf,
  warning,
} from '../../common/diagnostics/findings.js';

test('a check that throws is a problem among the others', async () => {
  const findings = await examine({
    first: () => ok('first', 'is there'),
    second: () => Promise.reject(new Error('nobody foresaw this')),
    third: () => [warning('third', 'is old', 'renew it')],
  });
  expect(findings.map(({ about, verdict, text }) => [about, verdict, text])).toEqual([
    ['first', 'ok', 'is there'],
    ['second', 'problem', 'nobody foresaw this'],
    ['third', 'warning', 'is old'],
  ]);
  expect(isHealthy(findings)).toBe(false);
  expect(isHealthy(findings.filter(({ verdict }) => verdict !== 'problem'))).toBe(true);
});

test('the report has a line for each, the advice below it, and a sum', () => {
  const findings = [ok('clock', 'kept'), problem('port 1', 'taken', 'choose another')];
  expect(reportOf('Agent', findings)).toBe(
    [
      'Agent',
      '  ok      clock   kept',
      '  PROBLEM port 1  taken',
      '                  -> choose another',
      '  1 ok, 0 warnings, 1 problems',
      '',
    ].join('\n'),
  );
});

test.each([
  ['2026-01-01T00:00:00Z', '2026-12-31T00:00:00Z', 'ok', 'valid for 213 more days'],
  ['2026-01-01T00:00:00Z', '2026-06-11T00:00:00Z', 'warning', 'ends in 10 days'],
  ['2026-01-01T00:00:00Z', '2026-05-01T00:00:00Z', 'problem', 'ended on 2026-05-01'],
  ['2026-07-01T00:00:00Z', '2026-12-31T00:00:00Z', 'problem', 'valid from 2026-07-01'],
])('a certificate from %s to %s is reported as %s', (validFrom, validTo, verdict, text) => {
  const now = Date.parse('2026-06-01T00:00:00Z');
  const finding = validityOf('certificate', { validFrom, validTo }, 'join again', now);
  expect(finding.verdict).toBe(verdict);
  expect(finding.text).toContain(text);
});

test('of the controller: what REST reports as not ready, and unreachable pools', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'copa-doctor-'));
  const mute = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await new Promise((resolve) => mute.once('listening', resolve));
  const address = `127.0.0.1:${(mute.address() as AddressInfo).port}`;
  const rest = {
    readiness: () => Promise.resolve({ error: 'x', checks: { etcd: 'no answer within 2 s', ca: 'ok' } }),
    pools: () => Promise.resolve({ pools: [['server1', address]], success: 'pools' }),
    controllers: () =>
      Promise.resolve({
        controllers: [
          { name: 'one', state: 'up' },
          { name: 'two', state: 'down' },
        ],
      }),
    networks: () =>
      Promise.resolve({
        networks: [
          {
            name: 'lan',
            hosts: [
              { pool: 'server1', state: 'failed', problem: 'program "nft" is missing' },
              { pool: 'server2', state: 'ready', problem: null },
            ],
            conflicts: [],
          },
          { name: 'dmz', hosts: [{ pool: 'server2', state: 'ready', problem: null }], conflicts: [] },
        ],
      }),
    backupState: () =>
      Promise.resolve({ automatic: null, last: null, failure: null, restored: { waiting: ['server1'] } }),
  };
  const config = { stateDirectory: directory, usesCluster: true, agentPort: 8001 };
  const findings = await examine(controllerChecks(config, rest));
  const told = new Map(findings.map(({ about, verdict, text }) => [about, `${verdict}: ${text}`]));
  expect(told.get('state directory')).toMatch(/^ok/);
  expect(told.get('controller')).toBe('ok: REST answers');
  expect(findings).toContainEqual(expect.objectContaining({ about: 'etcd', text: 'no answer within 2 s' }));
  expect(told.get('backups')).toMatch(/^warning: none are made/);
  expect(told.get('controller two')).toBe('problem: it is down');
  expect(told.get('controllers')).toMatch(/^warning: there are two, and both are needed/);
  expect(told.get('network lan')).toBe('problem: server1: program "nft" is missing');
  expect(told.get('network dmz')).toBe('ok: it is ready on all of its hosts: 1');
  expect(told.get('restore')).toBe('warning: these hosts have not reported yet: server1');
  expect(told.get('pool server1')).toContain(`problem: the agent is unreachable: ${address}`);
  mute.close();
  rmSync(directory, { recursive: true });
});
