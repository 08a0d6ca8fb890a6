/** The policies: their mode, and what each of them decided last and why. */
import { useEffect } from 'preact/hooks';
import { clock } from '../model/format.js';
import type { WireDecision, WirePolicy } from '../model/api-types.js';
import { policies, watchPolicies } from '../state/policies.js';
import { now } from '../state/ui.js';

export function Policies() {
  useEffect(watchPolicies, []);
  const all = policies.value;
  if (all === undefined) return <p class="side-empty">Reading the policies…</p>;
  if (typeof all === 'string') return <p class="side-empty">The policies cannot be read: {all}</p>;
  return (
    <ol class="policies">
      {all.map((policy) => (
        <Policy key={policy.name} policy={policy} />
      ))}
    </ol>
  );
}

function Policy({ policy }: { readonly policy: WirePolicy }) {
  const { name, mode, state, last_decision: last } = policy;
  return (
    <li class={`policy is-${state}`}>
      <h3>{name}</h3>
      <p>{state === 'active' ? mode : state}</p>
      {last ? <LastDecision decision={last} /> : <p>It has decided nothing yet.</p>}
    </li>
  );
}

const did: Readonly<Record<WireDecision['outcome'], string>> = {
  ordered: 'moved',
  recommended: 'recommended to move',
  refused: 'could not move',
};

function LastDecision({ decision }: { readonly decision: WireDecision }) {
  const { at, outcome, container, source, destination, reason, error } = decision;
  return (
    <p>
      <time dateTime={at}>{clock(at, now.peek())}</time> {did[outcome]} {container} from {source} to{' '}
      {destination}: {error ?? reason}
    </p>
  );
}
