/** What placement answers for a new container: the pool and why, and why not the others. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { WirePlacement } from '../model/api-types.js';
import { count } from '../model/format.js';
import { copa } from '../state/copa.js';
import { notChosen, placementText } from '../state/placement.js';
import { Icon } from './icons.js';

/** So long nothing may be typed before the controller is asked. */
const restMs = 300;

interface Props {
  /** `@any`, `@GROUP` or one pool. */
  readonly target: string;
  /** As it was typed; empty: no limit. */
  readonly memory: string;
}

export function Placement({ target, memory }: Props) {
  const found = useSignal<WirePlacement | string | undefined>(undefined);
  useEffect(() => {
    const ended = new AbortController();
    const timer = setTimeout(() => {
      const query = { container_pool: target, ...(memory && { memory }) };
      copa.place(query as Parameters<typeof copa.place>[0], { signal: ended.signal }).then(
        (placement) => (found.value = placement),
        (error: unknown) => {
          if (!ended.signal.aborted) found.value = (error as Error).message;
        },
      );
    }, restMs);
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [target, memory]);
  return (
    <div class="findings" role="status">
      <Answer found={found.value} isOpen={target.startsWith('@')} />
    </div>
  );
}

interface AnswerProps {
  readonly found: WirePlacement | string | undefined;
  /** The pool was left open: its reason is of interest. */
  readonly isOpen: boolean;
}

function Answer({ found, isOpen }: AnswerProps) {
  if (found === undefined) return null;
  if (typeof found === 'string') return <Finding isGood={false} text={found} />;
  const { shown, more } = notChosen(found);
  if (found.pool !== null && !isOpen) return null;
  return (
    <>
      <Finding isGood={found.pool !== null} text={placementText(found)} />
      {shown.length > 0 && (
        <details class="options" open={found.pool === null}>
          <summary>Why not another pool</summary>
          <ul class="reasons">
            {shown.map(({ pool, reason }) => (
              <li key={pool}>
                <strong>{pool}</strong> {reason}
              </li>
            ))}
            {more > 0 && <li class="hint">And {count(more, 'more pool')}.</li>}
          </ul>
        </details>
      )}
    </>
  );
}

function Finding({ isGood, text }: { readonly isGood: boolean; readonly text: string }) {
  return (
    <p class={`finding ${isGood ? 'is-good' : 'is-bad'}`}>
      <Icon name={isGood ? 'check' : 'warning'} />
      {text}
    </p>
  );
}
