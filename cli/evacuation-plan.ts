/** The plan of an evacuation as people read it. */
import type { Command } from 'commander';
import type { EvacuationPlan } from '../client/index.js';
import { bytesText } from '../common/sizes.js';
import { formatOf, printMessage, printRows, secondsText, type Column } from './output.js';

type PlanRow = EvacuationPlan['containers'][number];

const planColumns: readonly Column<PlanRow>[] = [
  { title: 'NAME', value: ({ container }) => container },
  { title: 'STATUS', value: ({ running }) => (running ? 'Running' : 'Stopped') },
  { title: 'ACTION', value: ({ action }) => action },
  { title: 'TO', value: ({ destination }) => destination },
  { title: 'DISK', value: ({ used_bytes }) => (used_bytes > 0 ? bytesText(used_bytes) : '') },
  { title: 'TIME', value: ({ seconds }) => (seconds === null ? '' : secondsText(seconds)) },
  {
    title: 'DOWNTIME',
    value: ({ downtime_ms: ms }) => (ms === null ? '' : ms === 0 ? 'none' : secondsText(ms / 1000)),
  },
  { title: 'ESTIMATE', value: ({ basis }) => basis },
  { title: 'WHY', value: whyOf },
];

function whyOf({ reason, obstacles }: PlanRow): string {
  const all = obstacles.map(({ pool, message }) => (pool === null ? message : `${pool}: ${message}`));
  return all.join('; ') || (reason ?? '');
}

/** With the warnings of each container. */
export function printPlan(plan: EvacuationPlan, command: Command): void {
  for (const { container, warnings } of plan.containers) {
    for (const warning of warnings) printMessage(`Warning: ${container}: ${warning}`);
  }
  const format = formatOf(command);
  // For a question, the plan belongs to it; only --format csv and table are printed before it.
  printRows(format === 'json' ? 'table' : format, planColumns, plan.containers);
}

/** What it comes to, in two sentences. */
export function planText({ containers, seconds }: EvacuationPlan): string {
  const count = (isIn: (row: PlanRow) => boolean) => containers.filter(isIn).length;
  const stuck = count(({ obstacles }) => obstacles.length > 0);
  const parts = [
    `${count(({ destination }) => destination !== null)} move`,
    `${count(({ action, obstacles }) => action === 'stop' && obstacles.length === 0)} stop`,
    `${count(({ action, obstacles }) => action === 'skip' && obstacles.length === 0)} stay as they are`,
    ...(stuck > 0 ? [`${stuck} CANNOT LEAVE and are left where they are`] : []),
  ];
  return `Of ${containers.length} containers ${parts.join(', ')}. It takes about ${secondsText(seconds)}.`;
}
