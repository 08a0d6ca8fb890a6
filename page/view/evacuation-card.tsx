/** An evacuation, or its return, among the moves. */
import { useSignal } from '@preact/signals';
import type { EvacuationSummary } from '../model/api-types.js';
import { clock } from '../model/format.js';
import { cancelEvacuation } from '../state/actions.js';
import { evacuationFraction, evacuationHeading, progressText } from '../state/evacuation.js';
import { dialog, now } from '../state/ui.js';

const tones: Readonly<Record<EvacuationSummary['phase'], string>> = {
  evacuating: 'running',
  restoring: 'running',
  incomplete: 'failed',
  evacuated: 'done',
  restored: 'done',
};

export function EvacuationCard({ evacuation }: { readonly evacuation: EvacuationSummary }) {
  const { container_pool: pool, phase, phase_since } = evacuation;
  return (
    <article class={`move move-${tones[phase]}`} data-evacuation={pool} data-phase={phase}>
      <div class="move-head">
        <h3>Pool {pool}</h3>
        <span class={`move-state state-${tones[phase]}`}>{evacuationHeading(evacuation)}</span>
      </div>
      <p class="move-route">
        Since <time dateTime={phase_since}>{clock(phase_since, now.peek())}</time>
      </p>
      <EvacuationProgress evacuation={evacuation} />
      <button class="button small" onClick={() => (dialog.value = { kind: 'evacuation', pool })}>
        Containers<span class="visually-hidden"> of the evacuation of {pool}</span>
      </button>
    </article>
  );
}

/** How far it is, why it is incomplete, and what can be done now. */
export function EvacuationProgress({ evacuation }: { readonly evacuation: EvacuationSummary }) {
  const { container_pool: pool, phase, running, message } = evacuation;
  const wish = useSignal(false);
  const percent = Math.round(100 * evacuationFraction(evacuation));
  const what = phase === 'restoring' ? 'return' : 'evacuation';
  return (
    <>
      {running && (
        <div
          class="bar"
          role="progressbar"
          aria-label={`Progress of the ${what} of ${pool}`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={percent}
        >
          <span style={{ width: `${percent}%` }} />
        </div>
      )}
      <p class="move-small">{progressText(evacuation)}</p>
      {message !== null && <p class="move-error">{message}</p>}
      <div class="evacuation-actions">
        {running && (
          <button
            class="button small"
            disabled={wish.value}
            onClick={() => {
              wish.value = true;
              void cancelEvacuation(pool).finally(() => (wish.value = false));
            }}
          >
            {wish.value ? 'Cancelling…' : 'Cancel'}
            <span class="visually-hidden">
              {' '}
              the {what} of {pool}
            </span>
          </button>
        )}
        {(phase === 'evacuated' || phase === 'incomplete') && (
          <button class="button small" onClick={() => (dialog.value = { kind: 'return', pool })}>
            Restore…<span class="visually-hidden"> {pool}</span>
          </button>
        )}
      </div>
    </>
  );
}
