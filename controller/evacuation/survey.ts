/** Reads what a plan needs to know of the containers of a host. */
import { Semaphore } from '../../common/async/semaphore.js';
import { isCopaError, type CopaError } from '../../common/errors.js';
import { shown } from '../../common/names.js';
import { keptRulesIn, ruleKeyPrefix, ruleNames } from '../../common/placement-rules.js';
import type { Manifest__Output as Manifest } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { HostCalls } from '../hosts/client.js';
import { inspect } from '../migration/preflight.js';
import { evacuationActions, type EvacuationAction } from '../model/evacuation.js';
import { parseKept, type Rules } from '../placement/rules.js';
import type { Need } from '../placement/snapshot.js';
import { answered } from './answered.js';

/** The config key, of a container or its profile, that says what an evacuation does with it. */
const actionKey = 'user.copa.evacuate';

export interface Surveyed {
  readonly name: string;
  readonly uuid: string;
  readonly isRunning: boolean;
  readonly action: EvacuationAction;
  /** What is wrong with it, whatever its destination. */
  readonly problem: string | undefined;
  readonly need: Need;
  /** Those that it keeps; undefined: they are a problem. */
  readonly rules: Rules | undefined;
  readonly manifest: Manifest;
}

/** Measuring reads every file of a container, so more at once only slow each other down. */
const inspectionsMax = 4;

/** A daemon needs seconds for the states of many containers. */
const informationMs = 120_000;

interface SurveyOrder {
  readonly action: EvacuationAction | undefined;
  readonly only?: ReadonlySet<string>;
  /** Nothing more is read when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** In the order of their names. Throws when the host does not answer. */
export async function survey(host: HostCalls, { action, only, signal }: SurveyOrder): Promise<Surveyed[]> {
  const { containers } = await answered(() =>
    host.call('GetInformation', { container: '' }, { deadlineMs: informationMs }),
  );
  const places = new Semaphore(inspectionsMax);
  const wanted = containers.filter(({ container }) => only === undefined || only.has(container));
  const found = wanted.map(async ({ container, memoryJson }) => {
    const release = await places.acquire();
    try {
      signal?.throwIfAborted();
      return surveyed(await answered(() => inspect(host, container)), usageIn(memoryJson), action);
    } finally {
      release();
    }
  });
  return (await Promise.all(found)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function surveyed(manifest: Manifest, memory: number, ordered: EvacuationAction | undefined): Surveyed {
  const { expandedConfig, config, findings } = manifest;
  const rules = rulesIn(expandedConfig);
  const isRunning = manifest.status !== 'Stopped';
  const asked = expandedConfig[actionKey];
  const known = evacuationActions.find((each) => each === asked);
  const action = ordered ?? known ?? 'migrate';
  const isOdd = asked !== undefined && known === undefined && ordered === undefined;
  const problems = [
    ...(isOdd ? [`${actionKey} is ${shown(asked)}: migrate, stop or skip is expected`] : []),
    ...(action === 'migrate' ? findings.map(({ subject, message }) => `${subject}: ${message}`) : []),
    ...(action === 'migrate' && rules instanceof Error ? [rules.message] : []),
  ];
  return {
    name: manifest.container,
    uuid: config['volatile.uuid'] ?? '',
    isRunning,
    action,
    problem: problems.length > 0 ? problems.join('; ') : undefined,
    need: { memory: isRunning ? memory : 0, disk: manifest.usedBytes },
    rules: rules instanceof Error ? undefined : rules,
    manifest,
  };
}

function rulesIn(config: Readonly<Record<string, string>>): Rules | CopaError {
  const values = ruleNames.flatMap((name) => {
    const text = config[`${ruleKeyPrefix}${name}`];
    return text === undefined ? [] : [[name, text] as const];
  });
  try {
    return parseKept(keptRulesIn(Object.fromEntries(values)));
  } catch (error) {
    if (isCopaError(error)) return error;
    throw error;
  }
}

/** The daemon's `usage`, in bytes; 0 when it does not report one. */
function usageIn(json: string): number {
  const usage = (JSON.parse(json) as { readonly usage?: unknown } | null)?.usage;
  return typeof usage === 'number' && usage > 0 ? usage : 0;
}
