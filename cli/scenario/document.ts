/** The text of a scenario, in YAML or JSON. Each fault has its line and column. */
import { z } from 'zod';
import { PlacedYaml } from '../../common/config/placed-yaml.js';
import { CopaError } from '../../common/errors.js';
import {
  containerNamePattern,
  containerNameRule,
  poolNamePattern,
  poolNameRule,
} from '../../common/names.js';
import { actionSchema, time, type Action } from './action.js';

/** Raising them raises what a mistake in a file can start. */
const textMax = 256 * 1024;
const durationMsMax = 24 * 3600_000;
const namedMax = 100;
/** A file goes in an argument of a command, which Linux limits to 128 KiB; base64 takes a third more. */
const fileMax = 64 * 1024;

const nameRule = poolNameRule.replace('pool', 'scenario');
const name = z.string(nameRule).regex(poolNamePattern, nameRule);
const roleRule = 'a role has 1 to 32 letters, digits, dashes and underscores';
const role = z.string().regex(/^[A-Za-z][\w-]{0,31}$/, roleRule);
const words = z.array(z.string(), 'a list of words is expected').min(1);

/** A pool for a role: by name or by label. `shell` begins a command on that host, for what COPA has no operation for. */
const hostFields = {
  shell: words.optional(),
  device: z
    .string()
    .regex(/^[\w.-]{1,15}$/, 'a network device is expected')
    .optional(),
};
const poolName = z.string(poolNameRule).regex(poolNamePattern, poolNameRule);
const hostRule = 'a pool, or a mapping with pool or labels, is expected';
const hostSchema = z.union(
  [
    poolName.transform((pool) => ({ pool })),
    z.strictObject({ pool: poolName, ...hostFields }),
    z.strictObject({ labels: z.string('labels are expected, as zone=edge'), ...hostFields }),
  ],
  hostRule,
);

const containerSchema = z.strictObject({
  host: z.string('a role of hosts is expected'),
  image: z.string('an image is expected'),
  cpu: z.union([z.string(), z.int()]).optional(),
  memory: z.union([z.string(), z.int()]).optional(),
  labels: z.string('labels are expected, as app=web').optional(),
  files: z
    .record(
      z.string().startsWith('/', 'the path of a file starts with /'),
      z.string().max(fileMax, `a file has at most ${fileMax} characters`),
    )
    .default({}),
  commands: z.array(z.string(), 'a list of commands is expected').default([]),
});

const probeNamePattern = /^[A-Za-z0-9][\w-]{0,31}$/;
const httpUrl = z.url({ protocol: /^http$/, error: 'a URL is expected, as http://CONTAINER:80/path' });
const probeSchema = z
  .strictObject({
    name: z.string().regex(probeNamePattern, 'a probe name has letters, digits, dashes and underscores'),
    http: httpUrl.optional(),
    counter: httpUrl.optional(),
    tcp: z
      .string()
      .regex(/^[\w.-]+:\d{1,5}$/, 'CONTAINER:PORT is expected')
      .optional(),
    every: time(5, 60_000).default(20),
    timeout: time(10, 60_000).default(1_000),
  })
  .refine(
    (given) => [given.http, given.counter, given.tcp].filter((each) => each !== undefined).length === 1,
    'one of http, counter and tcp is expected',
  );

const scenarioSchema = z
  .strictObject({
    name,
    description: z.string().default(''),
    seed: z.int('a whole number is expected').min(0).default(1),
    duration: time(100, durationMsMax),
    hosts: z.record(role, hostSchema).default({}),
    containers: z
      .record(z.string().regex(containerNamePattern, containerNameRule), containerSchema)
      .default({}),
    policies: z.array(z.record(z.string(), z.unknown()), 'a list of policies is expected').default([]),
    timeline: z.array(actionSchema, 'a list of actions is expected').default([]),
    probes: z.array(probeSchema, 'a list of probes is expected').max(namedMax).default([]),
    record: z
      .strictObject({ links: z.boolean().default(true), hosts: z.boolean().default(true) })
      .prefault({}),
  })
  .superRefine((given, ctx) => {
    for (const { path, message } of references(given))
      ctx.addIssue({ code: 'custom', path: [...path], message });
  });

export type Scenario = z.output<typeof scenarioSchema>;
export type Probe = Scenario['probes'][number];
export type ContainerPlan = Scenario['containers'][string];
export type HostChoice = Scenario['hosts'][string];

/** Throws `invalid_argument` with the place of each fault. */
export function parseScenario(text: string): Scenario {
  if (text.length > textMax)
    throw new CopaError('invalid_argument', `a scenario has at most ${textMax} characters`);
  const yaml = new PlacedYaml('a scenario', text, 'name, duration, hosts, containers, timeline, probes');
  const found = scenarioSchema.safeParse(yaml.value);
  if (!found.success) throw yaml.invalid(found.error.issues);
  return found.data;
}

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type Given = Pick<Scenario, 'hosts' | 'containers' | 'timeline' | 'probes' | 'policies' | 'duration'>;

/** What a part names must be in another part. */
function* references({ hosts, containers, timeline, probes, policies, duration }: Given): Generator<Fault> {
  const isRole = (each: string) => Object.hasOwn(hosts, each);
  const noRole = (each: string) => `there is no role "${each}" in hosts`;
  for (const [each, { host }] of Object.entries(containers))
    if (!isRole(host)) yield { path: ['containers', each, 'host'], message: noRole(host) };
  for (const [index, action] of timeline.entries()) {
    const path = ['timeline', index];
    if (action.at > duration) yield { path: [...path, 'at'], message: 'it is after the end (duration)' };
    const { container, roles, limited } = namedBy(action);
    if (container !== undefined && !Object.hasOwn(containers, container))
      yield { path, message: `there is no container "${container}" in containers` };
    for (const each of roles) if (!isRole(each)) yield { path, message: noRole(each) };
    const host = limited === undefined ? undefined : hosts[limited];
    if (host && !('shell' in host && host.shell && host.device))
      yield { path, message: `the host ${String(limited)} needs shell and device, for tc` };
  }
  const seen = new Set<string>();
  for (const [index, probe] of probes.entries()) {
    if (seen.has(probe.name)) yield { path: ['probes', index, 'name'], message: 'two probes have this name' };
    seen.add(probe.name);
  }
  for (const [index, policy] of policies.entries()) {
    for (const each of rolesIn(policy))
      if (!isRole(each)) yield { path: ['policies', index], message: noRole(each) };
  }
}

function namedBy(action: Action): {
  readonly container?: string;
  readonly roles: readonly string[];
  readonly limited?: string;
} {
  const { move, exec, evacuate, restore, limit, measure } = action;
  if (move) return { container: move.container, roles: move.to.startsWith('@') ? [] : [move.to] };
  if (exec) return { container: exec.container, roles: [] };
  if (limit) return { roles: [limit.host], limited: limit.host };
  if (measure) return { roles: [measure.from, measure.to] };
  return { roles: [evacuate ?? restore ?? ''] };
}

const rolePrefix = 'host.';

/** The roles that a policy names, as `host.ROLE`. */
function rolesIn(value: unknown): string[] {
  if (typeof value === 'string') return value.startsWith(rolePrefix) ? [value.slice(rolePrefix.length)] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(rolesIn);
}

/** A policy with pools instead of roles, as the text that the API takes. */
export function policyText(policy: object, pools: Readonly<Record<string, string>>): string {
  return JSON.stringify(policy, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(rolePrefix)
      ? (pools[value.slice(rolePrefix.length)] ?? value)
      : value,
  );
}
