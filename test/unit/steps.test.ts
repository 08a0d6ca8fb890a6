// Aim: a move between agents of different releases ends as in the earlier release, although the earlier agent lacks
// calls. Method: single steps with hosts that answer like such an agent.
import { describe, expect, test } from 'vitest';
import { CopaError } from '../../common/errors.js';
import type { StepContext } from '../../controller/migration/step-context.js';
import {
  activate,
  copyFinally,
  settle,
  withdraw,
  releaseDestination,
} from '../../controller/migration/steps.js';

/** A context whose hosts answer with `replies` and have no other method. `a: {}` and `b: {}` are replies of one host. */
function contextOf(replies: Readonly<Record<string, unknown>>, check?: object) {
  const called: string[] = [];
  const callOf = (host: string) => (method: string) => {
    called.push(method);
    const known = { ...replies, ...(replies[host] as object | undefined) };
    if (method in known) return Promise.resolve(known[method as keyof typeof known]);
    return Promise.reject(new CopaError('unimplemented', `does not have ${method}`));
  };
  let record: Record<string, unknown> = {
    id: '0'.repeat(16),
    container: 'c1',
    source: 'a',
    destination: 'b',
    options: { settleSeconds: 2, live: false, ...(check ? { check } : {}) },
    wasRunning: true,
    history: [{ phase: 'started', at: new Date(0).toISOString() }],
  };
  const context = {
    record: () => record,
    save: (change: object) => Promise.resolve(void (record = { ...record, ...change })),
    command: () => ({ migrationId: record['id'], container: 'c1', fence: 1 }),
    host: (name: string) => Promise.resolve({ call: callOf(name) }),
    clock: { now: () => 0 },
    point: () => Promise.resolve([]),
  } as unknown as StepContext;
  return { context, called };
}

test('a destination without this call has settled', async () => {
  const { context, called } = contextOf({});
  await settle(context);
  expect(called).toEqual(['SettleDestination']);
});

test('a source that cannot describe its settings is still checked', async () => {
  const copy = { role: 'source', held: true, status: 'Stopped', hasRun: false, snapshots: [] };
  const { context, called } = contextOf({ ObserveCopy: copy, ActivateDestination: {} });
  await activate(context);
  expect(called).toContain('DescribeSettings');
  expect(called.at(-1)).toBe('ActivateDestination');

  const free = contextOf({ ObserveCopy: { ...copy, held: true, role: 'none' }, ActivateDestination: {} });
  await expect(activate(free.context)).rejects.toThrow('has removed the hold');
});

test('a snapshot that came after the last pass makes the move go back', async () => {
  const copy = { role: 'source', held: true, status: 'Stopped', hasRun: false, snapshots: ['old'] };
  const { context, called } = contextOf({
    a: { ObserveCopy: { ...copy, snapshots: ['old', 'new'] }, DescribeSettings: {} },
    b: { ObserveCopy: copy, ActivateDestination: {} },
  });
  await expect(activate(context)).rejects.toThrow(
    'made a snapshot on a after the last pass, which is not in the copy: "new"',
  );
  expect(called).not.toContain('ActivateDestination');
});

test('a source that cannot be read does not keep the container from being free', async () => {
  const { context, called } = contextOf({ b: { ReleaseDestination: {} } });
  await releaseDestination(context);
  expect(called.at(-1)).toBe('ReleaseDestination');
  expect(context.record()).not.toHaveProperty('keepSourceAs');
});

test('a source with a snapshot that came while the destination started is kept', async () => {
  const copy = { held: true, status: 'Stopped', hasRun: false, snapshots: ['old'] };
  const { context } = contextOf({
    a: { ObserveCopy: { ...copy, role: 'source', snapshots: ['old', 'new'] }, RemoveSource: {} },
    b: { ObserveCopy: { ...copy, role: 'destination' }, ReleaseDestination: {} },
  });
  await releaseDestination(context);
  expect(context.record()).toMatchObject({
    keepSourceAs: 'c1-kept-00000000',
    warnings: [
      expect.stringMatching(/made a snapshot \("new"\) on a .* copy is kept there as "c1-kept-00000000"/),
    ],
  });
});

test('a source whose settings changed while the destination started is kept', async () => {
  const copy = { held: true, status: 'Stopped', hasRun: false, snapshots: [] };
  const replies = {
    a: {
      ObserveCopy: { ...copy, role: 'source' },
      DescribeSettings: { config: { 'limits.cpu': '1', 'user.a': 'x' } },
    },
    b: { ObserveCopy: { ...copy, role: 'destination' }, ActivateDestination: {}, ReleaseDestination: {} },
  };
  const { context } = contextOf(replies);
  await activate(context);
  replies.a.DescribeSettings = { config: { 'user.a': 'x', 'limits.cpu': '1' } };
  await releaseDestination(context);
  expect(context.record()).not.toHaveProperty('keepSourceAs');
  replies.a.DescribeSettings.config['limits.cpu'] = '2';
  await releaseDestination(context);
  expect(context.record()).toMatchObject({
    keepSourceAs: 'c1-kept-00000000',
    warnings: [
      expect.stringMatching(/changed the settings on a .* copy is kept there as "c1-kept-00000000"/),
    ],
  });
});

const check = (onFailure: 'stay' | 'back') => ({ target: 'tcp://:80', timeoutMs: 1_000, onFailure });
const failed = { stoppedByItself: false, check: { outcome: 'failed', message: 'ECONNREFUSED' } };

test('a failed check is saved, and the container stays', async () => {
  const { context } = contextOf({ SettleDestination: failed }, check('stay'));
  await settle(context);
  expect(context.record().checked).toEqual(failed.check);
});

test('a failed check goes back if that was ordered: the running copy is set aside', async () => {
  const { context, called } = contextOf({ SettleDestination: failed, SetCopyAside: {} }, check('back'));
  await expect(settle(context)).rejects.toThrow(
    /its check failed on b \(ECONNREFUSED\), so it runs on a again; .* stopped copy "c1-failed-00000000" there alone/,
  );
  expect(await withdraw(context)).toBeUndefined();
  expect(called).toEqual(['SettleDestination', 'SetCopyAside']);
});

test('a check that somebody made needless by stopping the container is no failure', async () => {
  const skipped = { stoppedByItself: false, check: { outcome: 'skipped', message: 'stopped' } };
  const { context } = contextOf({ SettleDestination: skipped }, check('back'));
  await settle(context);
  expect(context.record().checked).toEqual(skipped.check);
});

test('an agent that cannot check fails the check', async () => {
  const { context } = contextOf(
    { SettleDestination: { stoppedByItself: false, check: null } },
    check('back'),
  );
  await expect(settle(context)).rejects.toThrow('the agent of b is of an earlier release');
});

test('another failure of these calls fails the step', async () => {
  const { context } = contextOf({});
  const host = () => Promise.resolve({ call: () => Promise.reject(new CopaError('unavailable', 'gone')) });
  await expect(settle({ ...context, host } as unknown as StepContext)).rejects.toThrow('gone');
});

describe('the last pass between storages with an own format', () => {
  const final = { number: 2, kind: 'final', refresh: true, outcome: 'done', rsync: 'short' };
  const ofPasses = async (suspects: boolean, ...passes: object[]) => {
    const { context, called } = contextOf({ InspectSource: { suspects } });
    const plan = { via: 'direct', ownFormat: true, rsyncToo: true };
    await context.save({ plan, copy: 'whole', passes } as unknown as Parameters<typeof context.save>[0]);
    const failed = await copyFinally(context).catch((error: unknown) => error);
    return { failed, called, passes: context.record().passes };
  };

  test('that went by rsync is exact', async () => {
    expect(await ofPasses(true, { ...final, byRsync: true })).toMatchObject({
      failed: undefined,
      called: [],
    });
  });

  test('that went by their own format may have lost modes', async () => {
    const { failed, called } = await ofPasses(false, { ...final, byRsync: false });
    expect([failed, called]).toEqual([undefined, ['InspectSource']]);
  });

  test('is followed by one for the modes that it has lost, and by no other', async () => {
    const { passes } = await ofPasses(true, { ...final, byRsync: false });
    expect(passes.slice(1)).toMatchObject([{ kind: 'final', refresh: true, rsync: 'modes' }]);
    const last = { ...final, rsync: 'modes', byRsync: false };
    expect(await ofPasses(true, final, last)).toMatchObject({ failed: undefined, called: [] });
  });
});
