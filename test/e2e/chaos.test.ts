// Aim: whatever fails in the middle of a migration, the container exists once, complete and unchanged, without manual
// help. Method: a short form of the chaos suite (test/chaos): a few faults, each during one migration in every phase.
// `npm run chaos` is the complete suite.
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { cellsOf, sample } from '../chaos/cells.js';
import { runExtras } from '../chaos/extras.js';
import type { FaultName } from '../chaos/faults.js';
import { Random } from '../chaos/random.js';
import { hasPassed, line, type Result } from '../chaos/report.js';
import { runCells } from '../chaos/suite.js';
import { Lab } from '../../deploy/lab/lab.js';

const obstacle = await Lab.obstacle();
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED, no lab can run here: ${obstacle} ***\n`);

const faults: readonly FaultName[] = [
  'kill-controller',
  'kill-destination-lxd',
  'freeze-source-agent',
  'partition',
];
const others = ['two destinations at once', 'what was acknowledged is there'];

const options = {
  random: new Random(1),
  /** The whole suite takes 30 s, which is longer than every heartbeat time-out. */
  frozenMs: 8_000,
  perRound: 16,
  clusters: 2,
  /** The logs of failed cells. */
  // Outside the directory that is removed after the tests.
  logs: join(dirname(tmpdir()), 'copa-chaos-logs'),
  report: () => undefined,
};

describe.skipIf(obstacle !== undefined)(`chaos${obstacle === undefined ? '' : ` (${obstacle})`}`, () => {
  let results: Result[] = [];

  beforeAll(async () => {
    const cells = faults.flatMap((fault) =>
      sample(
        cellsOf('dir').filter((cell) => cell.fault === fault),
        options.random,
      ),
    );
    const pattern = new RegExp(`^dir/(${others.join('|')})$`);
    results = [
      ...(await runCells(cells, options)),
      ...(await runExtras({ ...options, storage: 'dir', moves: 0, pattern, progress: () => undefined })),
    ];
  }, 600_000);

  test.each([...faults, ...others])('%s', (name) => {
    const ended = results.filter((result) => result.name.includes(`/${name}`));
    expect(ended).not.toEqual([]);
    expect(ended.filter((result) => !hasPassed(result)).map(line)).toEqual([]);
  });
});
