/** The policies in etcd, and the three that are built in. The network configuration switches the built-in ones. */
import { memoizeByText } from '../../common/async/memoize.js';
import { CopaError } from '../../common/errors.js';
import { checkName, poolNamePattern, poolNameRule } from '../../common/names.js';
import { policyRecordSchema, type Policy, type PolicyMode, type PolicyRecord } from '../model/policy.js';
import type { Delegation } from '../model/delegation.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import type { Entry } from '../store/entry.js';
import { keys } from '../store/keys.js';
import type { Store } from '../store/store.js';
import type { Expectation } from '../store/transaction.js';
import type { Delegations } from '../usecases/delegations.js';
import { builtIn, isBuiltIn } from './built-in.js';
import { parsePolicy, textMax } from './document.js';

/** A policy as it is now. */
export interface KnownPolicy {
  readonly policy: Policy;
  readonly text: string;
  /** 0: the built-in text. */
  readonly version: number;
  readonly isBuiltIn: boolean;
  readonly mode: PolicyMode;
  /** `off`: built in, and not chosen by the network configuration. */
  readonly state: 'active' | 'paused' | 'off';
  readonly appliedAt: string | null;
  readonly appliedBy: string | null;
  /** What a decision of this policy expects of the store. */
  readonly expect: readonly Expectation[];
}

type ApplyOutcome = 'created' | 'changed' | 'unchanged';

const policiesMax = 100;

const parsed = memoizeByText(parsePolicy, policiesMax, textMax);

export class PolicyCatalog {
  constructor(
    private readonly store: Pick<Store, 'list' | 'getMany' | 'transact'>,
    private readonly delegations: Pick<Delegations, 'readAt'>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Sorted by name. */
  async list(): Promise<readonly KnownPolicy[]> {
    const [entries, { delegation, revision }] = await Promise.all([
      this.store.list(keys.policies),
      this.delegations.readAt(),
    ]);
    const switched = { delegation, expect: { key: keys.delegation, revision } };
    const known = unreadableValues.each(entries, (entry) => stored(entry, switched));
    const names = new Set(known.map(({ policy }) => policy.name));
    const others = Object.entries(builtIn).filter(([name]) => !names.has(name));
    const all = [...known, ...others.map(([, text]) => unchanged(text, switched))];
    return all.sort((a, b) => (a.policy.name < b.policy.name ? -1 : 1));
  }

  /** Throws `not_found`. */
  async get(name: string): Promise<KnownPolicy> {
    checkPolicyName(name);
    const found = (await this.list()).find(({ policy }) => policy.name === name);
    if (found) return found;
    throw new CopaError('not_found', `there is no policy "${name}"`);
  }

  /** Adds a policy, or replaces the text of the one with its name. A paused one stays paused. */
  async apply(text: string, by: string): Promise<{ readonly name: string; readonly outcome: ApplyOutcome }> {
    const { name } = parsePolicy(text);
    const { record, revision } = await this.#stored(name);
    if (record?.text === text) return { name, outcome: 'unchanged' };
    if (!record && (await this.store.list(keys.policies)).length >= policiesMax)
      throw new CopaError('resource_exhausted', `there are ${policiesMax} policies already: delete some`);
    await this.#put(revision, {
      name,
      text,
      version: (record?.version ?? 0) + 1,
      paused: record?.paused ?? false,
      appliedAt: new Date(this.now()).toISOString(),
      appliedBy: by,
    });
    return { name, outcome: record ? 'changed' : 'created' };
  }

  /** A paused policy decides nothing. Throws `failed_precondition` for one that the configuration switches. */
  async pause(name: string, paused: boolean): Promise<void> {
    checkPolicyName(name);
    if (isBuiltIn(name))
      throw new CopaError(
        'failed_precondition',
        `policy "${name}" is built in: POST /REST/network/configuration switches it (delegation_mode, auto_delegation_type)`,
      );
    const { record, revision } = await this.#stored(name);
    if (!record) throw new CopaError('not_found', `there is no policy "${name}"`);
    if (record.paused !== paused) await this.#put(revision, { ...record, paused });
  }

  /** A built-in one gets its first text again. Its decisions stay, so that cool-downs go on. */
  async remove(name: string): Promise<void> {
    checkPolicyName(name);
    const { record, revision } = await this.#stored(name);
    if (!record && isBuiltIn(name))
      throw new CopaError('failed_precondition', `policy "${name}" is built in and was not changed`);
    if (!record) throw new CopaError('not_found', `there is no policy "${name}"`);
    const key = keys.policy(name);
    const removed = await this.store.transact({ expect: [{ key, revision }], remove: [key] });
    if (!removed) throw changed(name);
  }

  async #stored(
    name: string,
  ): Promise<{ readonly record: PolicyRecord | undefined; readonly revision: number }> {
    const [entry] = await this.store.getMany([keys.policy(name)]);
    // One that nobody can read is replaced by the next one.
    const record = entry && unreadableValues.attempt(entry, recordIn)?.value;
    return { record, revision: entry?.revision ?? 0 };
  }

  async #put(revision: number, record: PolicyRecord): Promise<void> {
    const key = keys.policy(record.name);
    const written = await this.store.transact({ expect: [{ key, revision }], put: [{ key, value: record }] });
    if (!written) throw changed(record.name);
  }
}

interface Switched {
  readonly delegation: Delegation;
  readonly expect: Expectation;
}

function stored(entry: Entry, { delegation, expect }: Switched): KnownPolicy {
  const record = recordIn(entry);
  const policy = parsed(record.text);
  if (keys.policy(policy.name) !== entry.key)
    throw new CopaError('internal', 'the store has a policy under the name of another one');
  const own = { key: entry.key, revision: entry.revision };
  return {
    policy,
    text: record.text,
    version: record.version,
    appliedAt: record.appliedAt,
    appliedBy: record.appliedBy,
    ...(isBuiltIn(policy.name)
      ? { ...switchOf(policy.name, delegation), expect: [own, expect] }
      : {
          isBuiltIn: false,
          mode: policy.mode,
          state: record.paused ? ('paused' as const) : ('active' as const),
          expect: [own],
        }),
  };
}

/** With the built-in text. */
function unchanged(text: string, { delegation, expect }: Switched): KnownPolicy {
  const policy = parsed(text);
  const isAbsent = { key: keys.policy(policy.name), revision: 0 };
  return {
    ...{ policy, text, version: 0, appliedAt: null, appliedBy: null },
    ...switchOf(policy.name, delegation),
    expect: [isAbsent, expect],
  };
}

function switchOf(name: string, { mode, algorithm }: Delegation) {
  const isOn = mode === 'a' && algorithm === name;
  return { isBuiltIn: true, mode: 'automatic', state: isOn ? 'active' : 'off' } as const;
}

function recordIn({ value }: Pick<Entry, 'value'>): PolicyRecord {
  const found = policyRecordSchema.safeParse(value);
  if (found.success) return found.data;
  throw new CopaError('internal', 'the store has an invalid policy');
}

function checkPolicyName(name: string): void {
  checkName('name', name, poolNamePattern, poolNameRule.replace('pool', 'policy'));
}

function changed(name: string): CopaError {
  return new CopaError(
    'aborted',
    `policy "${name}" was changed by another request at this moment: try again`,
  );
}
