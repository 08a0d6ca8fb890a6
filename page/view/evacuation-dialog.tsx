/** An evacuation, or its return, with each of its containers; and the dialog before the return. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { WireEvacuation } from '../model/api-types.js';
import { clock, count } from '../model/format.js';
import { copa } from '../state/copa.js';
import { evacuationHeading, inProgressOrder } from '../state/evacuation.js';
import { watchEvacuation } from '../state/evacuations.js';
import { targetText } from '../state/scheduling.js';
import { dialog, now, panel } from '../state/ui.js';
import { EvacuationProgress } from './evacuation-card.js';
import { Check, Form } from './form.js';
import { Modal } from './modal.js';

/** A pool may have thousands of containers. */
const rowsShownMax = 200;

export function EvacuationDialog({ pool }: { readonly pool: string }) {
  const read = useSignal<WireEvacuation | string | undefined>(undefined);
  useEffect(() => watchEvacuation(pool, (evacuation) => (read.value = evacuation)), [pool]);
  const { value } = read;
  return (
    <Modal title={`Evacuation of ${pool}`} class="is-wide" onClose={() => (dialog.value = undefined)}>
      {value === undefined ? (
        <p role="status">Reading it…</p>
      ) : typeof value === 'string' ? (
        <p class="form-error" role="alert">
          {value}
        </p>
      ) : (
        <Evacuation evacuation={value} />
      )}
    </Modal>
  );
}

function Evacuation({ evacuation }: { readonly evacuation: WireEvacuation }) {
  const { container_pool: pool, target, started_at, deadline, stop_at_deadline, containers } = evacuation;
  const rows = inProgressOrder(containers);
  return (
    <div class="form">
      <p>
        <strong>{evacuationHeading(evacuation)}</strong>, begun {clock(started_at, now.peek())}
        {deadline !== null && (
          <>
            . What has not left by {clock(deadline, now.peek())} is {stop_at_deadline ? 'stopped' : 'left'}
          </>
        )}
        . Target: {targetText(target)}.
      </p>
      <EvacuationProgress evacuation={evacuation} />
      <ul class="plan" aria-label={`Containers of ${pool}`} tabIndex={0}>
        {rows.slice(0, rowsShownMax).map(({ container, state, destination, description, message }) => (
          <li
            key={container}
            class={`plan-row ${state === 'left' || state === 'untouched' ? 'is-stuck' : ''}`}
          >
            <strong>{container}</strong>
            <span class="plan-fate">{destination === null ? state : `${state}, ${destination}`}</span>
            <span class="plan-time">{description}</span>
            {message !== null && <small>{message}</small>}
          </li>
        ))}
        {rows.length > rowsShownMax && (
          <li class="hint">And {count(rows.length - rowsShownMax, 'more container')}.</li>
        )}
      </ul>
    </div>
  );
}

export function ReturnDialog({ pool }: { readonly pool: string }) {
  return (
    <Form
      title={`Restore ${pool}`}
      action={`Restore ${pool}`}
      actionFirst
      onSubmit={async (data) => {
        const action = data.has('skip') ? 'skip' : 'migrate';
        await copa.pool('restore', { container_pool: pool, action });
        panel.value = 'moves';
      }}
    >
      <p>
        What left <strong>{pool}</strong> comes back, and runs as it did before. What was deleted, renamed or
        moved on meanwhile is left alone and reported. Then the pool takes new containers again.
      </p>
      <Check name="skip" label="Only open the pool" hint="Nothing comes back" />
    </Form>
  );
}
