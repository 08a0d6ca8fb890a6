/** The policies: what switches them, their mode, and what each of them decided and why. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { clock, count, figure } from '../model/format.js';
import type { WireDecision, WireDelegation, WirePolicy, WirePolicyDetails } from '../model/api-types.js';
import {
  explainPolicy,
  pausePolicy,
  shownPolicies,
  switchDelegation,
  watchPolicies,
} from '../state/policies.js';
import { now } from '../state/ui.js';

export function Policies() {
  useEffect(watchPolicies, []);
  const shown = shownPolicies.value;
  if (shown === undefined) return <p class="side-empty">Reading the policies…</p>;
  if (typeof shown === 'string') return <p class="side-empty">The policies cannot be read: {shown}</p>;
  return (
    <>
      <Switch delegation={shown.delegation} />
      <ol class="policies">
        {shown.policies.map((policy) => (
          <Policy key={policy.name} policy={policy} />
        ))}
      </ol>
    </>
  );
}

const modes = [
  ['m', 'Manual'],
  ['a', 'Automatic'],
] as const;
/** As the texts of the built-in policies measure. */
const algorithms = [
  ['threshold_cpu', 'processors of a pool'],
  ['threshold_lat', 'latency of a link'],
  ['threshold_cpulat', 'processors or latency'],
] as const;

/** Whether the controller moves containers by one of its own policies. */
function Switch({ delegation }: { readonly delegation: WireDelegation }) {
  const { delegation_mode: mode, auto_delegation_type: algorithm } = delegation;
  const isIdle = mode === 'a' && algorithm === '';
  return (
    <div class="delegation">
      <div class="facets" role="group" aria-label="Built-in policies">
        {modes.map(([each, words]) => (
          <button
            key={each}
            class="facet"
            aria-pressed={mode === each}
            onClick={() => void switchDelegation({ delegation_mode: each })}
          >
            {words}
          </button>
        ))}
      </div>
      <select
        class="grouping"
        aria-label="Move containers by"
        value={algorithm}
        onChange={(event) => void switchDelegation({ auto_delegation_type: event.currentTarget.value })}
      >
        {algorithm === '' && <option value="">by …</option>}
        {algorithms.map(([each, words]) => (
          <option key={each} value={each}>
            by {words}
          </option>
        ))}
      </select>
      <p>
        {isIdle
          ? 'Nothing moves until you choose by what.'
          : mode === 'a'
            ? `The built-in policy ${algorithm} moves containers.`
            : 'The built-in policies move nothing.'}
      </p>
    </div>
  );
}

function Policy({ policy }: { readonly policy: WirePolicy }) {
  const { name, mode, state, built_in: isBuiltIn, last_decision: last } = policy;
  const isOpen = useSignal(false);
  const isPaused = state === 'paused';
  return (
    <li class={`policy is-${state}`}>
      <h3>{name}</h3>
      <p>{state === 'active' ? mode : state}</p>
      {isOpen.value ? (
        <Why name={name} last={last?.id} />
      ) : last ? (
        <Decided decision={last} />
      ) : (
        <p>It has decided nothing yet.</p>
      )}
      <div class="policy-actions">
        <button
          class="button small"
          aria-expanded={isOpen.value}
          onClick={() => (isOpen.value = !isOpen.value)}
        >
          Why?<span class="visually-hidden"> What {name} would decide now, and its decisions</span>
        </button>
        {!isBuiltIn && (
          <button class="button small" onClick={() => void pausePolicy(name, !isPaused)}>
            {isPaused ? 'Resume' : 'Pause'}
            <span class="visually-hidden"> {name}</span>
          </button>
        )}
      </div>
    </li>
  );
}

const did: Readonly<Record<WireDecision['outcome'], string>> = {
  ordered: 'moved',
  recommended: 'recommended to move',
  refused: 'could not move',
};

function Decided({ decision }: { readonly decision: WireDecision }) {
  const { at, outcome, container, source, destination, reason, error } = decision;
  return (
    <p>
      <time dateTime={at}>{clock(at, now.peek())}</time> {did[outcome]} {container} from {source} to{' '}
      {destination}: {error ?? reason}
    </p>
  );
}

const whyEveryMs = 5_000;
const decisionsShownMax = 5;

/** Read again with each new decision, and every few seconds, because the values change. */
function Why({ name, last }: { readonly name: string; readonly last: string | undefined }) {
  const found = useSignal<WirePolicyDetails | string | undefined>(undefined);
  useEffect(() => {
    let isCurrent = true;
    const read = () =>
      void explainPolicy(name).then((policy) => {
        if (isCurrent) found.value = policy;
      });
    read();
    const timer = setInterval(read, whyEveryMs);
    return () => {
      isCurrent = false;
      clearInterval(timer);
    };
  }, [name, last]);
  const policy = found.value;
  if (policy === undefined) return <p>Reading…</p>;
  if (typeof policy === 'string') return <p>It cannot be explained: {policy}</p>;
  const { now: verdict, decisions } = policy;
  return (
    <div class="policy-why">
      <p>
        {verdict.verdict === 'move'
          ? `Now it would move ${verdict.container ?? ''} from ${verdict.source ?? ''} to ${verdict.destination ?? ''}: `
          : 'Now it would move nothing: '}
        {verdict.reason}
      </p>
      {decisions.slice(0, decisionsShownMax).map((decision) => (
        <div key={decision.id}>
          <Decided decision={decision} />
          <p class="policy-evidence">{evidenceOf(decision)}</p>
        </div>
      ))}
    </div>
  );
}

function evidenceOf({ evidence }: WireDecision): string {
  const { of, measure, pool, peer, container, aggregate, above: isAbove, window_seconds: seconds } = evidence;
  const subject = of === 'link' ? `link ${pool}–${peer ?? ''}` : of === 'pool' ? pool : (container ?? '');
  const held = `${aggregate} ${figure(evidence.value)}, ${isAbove ? 'above' : 'below'} ${evidence.threshold}`;
  const compared = `there ${figure(evidence.destination_value)} instead of ${figure(evidence.source_value)}`;
  return `${measure} of ${subject}: ${held}, over ${seconds} s (${count(evidence.samples, 'value')}); ${compared}`;
}
