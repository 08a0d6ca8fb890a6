/** The dialog before an evacuation: where the containers go, what becomes of each, and what stands in the way. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { OperationParameters, WireEvacuationPlan } from '../model/api-types.js';
import { count } from '../model/format.js';
import { copa } from '../state/copa.js';
import {
  fateText,
  inPlanOrder,
  isStuck,
  planText,
  predictionText,
  whyTexts,
  type PlannedContainer,
} from '../state/evacuation.js';
import { allPools } from '../state/live.js';
import { groupTargets, targetText } from '../state/scheduling.js';
import { say } from '../state/toasts.js';
import { panel } from '../state/ui.js';
import { Check, Field, Form, textOf } from './form.js';
import { Icon } from './icons.js';

type Order = OperationParameters<'Pool', 'evacuate'>;

/** Undefined while it is computed; a text is the reason why there is none. */
type Found = WireEvacuationPlan | string | undefined;

/** A plan may have thousands of containers. */
const rowsShownMax = 200;

export function EvacuateDialog({ pool }: { readonly pool: string }) {
  const target = useSignal('@any');
  const action = useSignal('');
  const found = usePlan(orderOf(pool, target.value, action.value));
  const plan = typeof found === 'object' ? found : undefined;
  const stuck = plan?.containers.filter(isStuck).length ?? 0;
  const others = allPools.value.filter(({ name }) => name !== pool);
  const open = others.filter(({ state, scheduling }) => state === 'up' && scheduling === 'active');
  return (
    <Form
      title={`Evacuate ${pool}`}
      action={stuck > 0 ? `Evacuate, and leave ${stuck}` : `Evacuate ${pool}`}
      obstacle={plan ? undefined : 'The plan has to be there first.'}
      wide
      onSubmit={async (data) => {
        await copa.pool('evacuate', { ...orderOf(pool, target.value, action.value), ...deadlineOf(data) });
        panel.value = 'moves';
      }}
    >
      <p>
        Its containers go to other pools, and it takes no new ones. <em>Restore</em> brings them back.
      </p>
      <div class="field-pair">
        <label class="field">
          <span>To</span>
          <select
            name="target"
            value={target.value}
            data-first
            onChange={(event) => (target.value = event.currentTarget.value)}
          >
            {[...groupTargets(others), ...open.map(({ name }) => name)].map((each) => (
              <option key={each} value={each}>
                {targetText(each)}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>What to do</span>
          <select
            name="action"
            value={action.value}
            onChange={(event) => (action.value = event.currentTarget.value)}
          >
            <option value="">As each container says, or move</option>
            <option value="migrate">Move all</option>
            <option value="stop">Stop all</option>
            <option value="skip">Leave all as they are</option>
          </select>
        </label>
      </div>
      <Plan found={found} />
      <details class="options">
        <summary>Options</summary>
        <Field name="deadline" label="Deadline" hint="For example 30m; what has not left by then is left" />
        <Check
          name="stop_at_deadline"
          label="Stop what has not left by then"
          hint="Restore starts it again"
        />
      </details>
    </Form>
  );
}

function orderOf(pool: string, target: string, action: string): Order {
  const ordered = action === '' ? {} : { action: action as NonNullable<Order['action']> };
  return { container_pool: pool, destination_pool: target, ...ordered };
}

function deadlineOf(data: FormData): Partial<Order> {
  const deadline = textOf(data, 'deadline');
  if (deadline === '') return {};
  return { deadline, stop_at_deadline: data.has('stop_at_deadline') };
}

/** Plans whenever the order changes; changes nothing. */
function usePlan(order: Order): Found {
  const found = useSignal<Found>(undefined);
  useEffect(() => {
    const ended = new AbortController();
    found.value = undefined;
    copa.planEvacuation(order, { signal: ended.signal }).then(
      (plan) => {
        found.value = plan;
        say(planText(plan));
      },
      (error: unknown) => {
        if (!ended.signal.aborted) found.value = (error as Error).message;
      },
    );
    return () => ended.abort();
  }, [order.destination_pool, order.action]);
  return found.value;
}

function Plan({ found }: { readonly found: Found }) {
  if (found === undefined) {
    return (
      <p class="finding" role="status">
        <span class="spinner" aria-hidden="true" />
        Checking all containers on both sides…
      </p>
    );
  }
  if (typeof found === 'string') {
    return (
      <p class="finding is-bad" role="status">
        <Icon name="warning" />
        {found}
      </p>
    );
  }
  const rows = inPlanOrder(found.containers);
  return (
    <>
      <p class={`finding ${found.possible ? 'is-good' : 'is-bad'}`}>
        <Icon name={found.possible ? 'check' : 'warning'} />
        {planText(found)}
      </p>
      {rows.length > 0 && (
        <ul class="plan" aria-label="Plan" tabIndex={0}>
          {rows.slice(0, rowsShownMax).map((row) => (
            <Row key={row.container} row={row} />
          ))}
          {rows.length > rowsShownMax && (
            <li class="hint">And {count(rows.length - rowsShownMax, 'more container')}.</li>
          )}
        </ul>
      )}
    </>
  );
}

function Row({ row }: { readonly row: PlannedContainer }) {
  return (
    <li class={`plan-row ${isStuck(row) ? 'is-stuck' : ''}`}>
      <strong>{row.container}</strong>
      <span class="plan-fate">{fateText(row)}</span>
      <span class="plan-time">{predictionText(row)}</span>
      {whyTexts(row).map((why) => (
        <small key={why}>{why}</small>
      ))}
      {row.warnings.map((warning) => (
        <small key={warning} class="plan-warning">
          Warning: {warning}
        </small>
      ))}
    </li>
  );
}
