// Aim: output is readable by people and by programs, and sends no control sequence to a terminal. Method: rows of all
// kinds.
import { expect, test } from 'vitest';
import { bytesText } from '../../../common/sizes.js';
import { csv, printable, secondsText, table, type Column } from '../../../cli/output.js';
import type { Migration } from '../../../client/index.js';
import { outcomeText, progressLine } from '../../../cli/migration.js';
import { lineOf } from '../../../cli/events.js';
import { phaseFields } from '../../../controller/migration/stages.js';
import { exitCodeOf } from '../../../cli/exit.js';
import { CopaError, errorCodes } from '../../../common/errors.js';

interface Row {
  readonly name: string;
  readonly state: string;
}
const columns: readonly Column<Row>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'STATE', value: ({ state }) => state },
];
const rows: Row[] = [
  { name: 'web', state: 'Running' },
  { name: 'a-long-name', state: 'Stopped' },
];

test('columns are aligned, without trailing blanks', () => {
  expect(table(columns, rows)).toBe('NAME         STATE\nweb          Running\na-long-name  Stopped\n');
  expect(table(columns, [])).toBe('NAME  STATE\n');
});

test('colour only on request', () => {
  // eslint-disable-next-line no-control-regex -- The test is about the escape.
  expect(table(columns, rows)).not.toMatch(/\u001b/);
  expect(table(columns, rows, true)).toContain('\u001b[32mRunning\u001b[39m');
});

test('CSV quotes what it has to', () => {
  const tricky = [{ name: 'a,b', state: 'say "x"' }];
  expect(csv(columns, [...rows, ...tricky])).toBe('web,Running\na-long-name,Stopped\n"a,b","say ""x"""\n');
});

test("a host's text sends no control sequence to a terminal", () => {
  expect(printable('a\u001b[2Jb\nc\u009b1m')).toBe('a?[2Jb?c?1m');
  expect(table(columns, [{ name: 'x', state: '\u001b]0;owned\u0007' }])).toContain('?]0;owned?');
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [150 * 1024 * 1024, '150 MiB'],
  [5 * 1024 ** 4, '5.0 TiB'],
])('%d bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));

test.each([
  [0.25, '0.3 s'],
  [42, '42 s'],
  [119.6, '2 min 0 s'],
  [3700, '1 h 1 min'],
])('%d seconds are %s', (seconds, text) => expect(secondsText(seconds)).toBe(text));

const view: Migration = {
  id: '0123456789abcdef',
  container: 'web',
  source: 'a',
  destination: 'b',
  phase: 'claimed',
  state: 'running',
  ...phaseFields('claimed'),
  via: 'direct',
  live: false,
  precopy: true,
  new_name: null,
  destination_storage: null,
  destination_network: null,
  profiles: null,
  volumes: [],
  max_downtime_ms: null,
  predicted_downtime: null,
  check: null,
  passes: [{ number: 1, kind: 'running', bytes: 25 * 1024 * 1024, ms: 1000, outcome: 'running' }],
  bytes: 25 * 1024 * 1024,
  rate_bytes_per_second: 25 * 1024 * 1024,
  estimated_seconds_left: 3,
  downtime_ms: null,
  downtime: null,
  started_at: '2026-01-01T00:00:00.000Z',
  ended_at: null,
  history: [],
  error: null,
  warnings: [],
  queue: null,
  policy: null,
  evacuation: null,
  priority: 0,
  waiting_for: null,
  waiting_since: null,
  resolve_command: null,
  choices: [],
};

test('progress on one line', () => {
  expect(progressLine(view, 200)).toBe(
    'web  a -> b  copying while it runs  pass 1  [#####---------------] 25%  25.0 MiB  25.0 MiB/s  3.0 s left',
  );
  expect(progressLine(view, 20)).toHaveLength(20);
  const early = { ...view, ...phaseFields('accepted'), passes: [], bytes: 0, rate_bytes_per_second: null };
  expect(progressLine(early, 200)).toBe('web  a -> b  claiming the container  3.0 s left');
});

test('the end of a move, with its downtime', () => {
  const done = {
    ...view,
    state: 'done',
    ended_at: '2026-01-01T00:00:04.200Z',
    downtime_ms: 1100,
    downtime: { shutdown_ms: 300, last_pass_ms: 500, start_ms: 300 },
  } as const;
  expect(outcomeText(done)).toBe(
    'Container "web" moved from a to b in 4.2 s (25.0 MiB). Downtime: 1.1 s (shutdown 0.3 s, last pass 0.5 s, start 0.3 s).',
  );
  expect(outcomeText({ ...done, downtime_ms: null, downtime: null })).toMatch(/there was no downtime\.$/);
  expect(outcomeText({ ...view, state: 'failed', error: 'disk full' })).toBe(
    'The migration of "web" failed, it is on a as before: disk full',
  );
});

test('an event for people, and as it came', () => {
  const moved = {
    type: 'container.moved',
    at: '2026-01-01T10:11:12.000Z',
    container: 'web',
    source: 'a',
    destination: 'b',
    migration: 'id',
  };
  expect(lineOf(moved, 'table')).toBe('10:11:12  container.moved       web  a -> b');
  expect(JSON.parse(lineOf(moved, 'json'))).toEqual(moved);
  const evacuation = { container_pool: 'a', phase: 'evacuating', done: 2, total: 5 } as const;
  expect(lineOf({ type: 'evacuation.progress', evacuation }, 'csv')).toBe(
    ',evacuation.progress,a,,evacuating 2 of 5',
  );
  expect(lineOf({ type: 'pool.down', pool: 'a', reason: 'no "x", gone' }, 'csv')).toBe(
    ',pool.down,a,,"no ""x"", gone"',
  );
});

test('exit codes', () => {
  const codes = Object.fromEntries(errorCodes.map((code) => [code, exitCodeOf(new CopaError(code, ''))]));
  expect(codes).toEqual({
    invalid_argument: 2,
    unauthenticated: 6,
    permission_denied: 6,
    not_found: 3,
    already_exists: 4,
    failed_precondition: 4,
    unimplemented: 4,
    aborted: 4,
    cancelled: 1,
    resource_exhausted: 1,
    unavailable: 5,
    deadline_exceeded: 5,
    internal: 1,
  });
  expect(exitCodeOf(new Error('a bug'))).toBe(1);
});
