/** What a container has said on its console. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { inquire, type Place } from '../api/calls.js';
import { dialog } from '../state/ui.js';
import { Modal } from './modal.js';

export function Console({ place }: { readonly place: Place }) {
  const log = useSignal<string | undefined>(undefined);
  const failure = useSignal('');
  const times = useSignal(0);
  const end = useRef<HTMLPreElement>(null);
  useEffect(() => {
    const ended = new AbortController();
    inquire<{ log: string }>('console_log', place, ended.signal).then(
      (answer) => {
        log.value = answer.log;
        failure.value = '';
      },
      (error: unknown) => {
        if (!ended.signal.aborted) failure.value = (error as Error).message;
      },
    );
    return () => ended.abort();
  }, [times.value]);
  useEffect(() => {
    if (end.current) end.current.scrollTop = end.current.scrollHeight;
  }, [log.value]);
  return (
    <Modal title={`Console log of ${place.name}`} onClose={() => (dialog.value = undefined)} class="is-wide">
      {failure.value !== '' && (
        <p class="form-error" role="alert">
          {failure}
        </p>
      )}
      <pre ref={end} class="console" tabIndex={0} data-first aria-label="Console log">
        {log.value === undefined ? '' : log.value === '' ? 'It has said nothing.' : log}
      </pre>
      <div class="form-end">
        <button class="button" onClick={() => (times.value += 1)}>
          Read again
        </button>
      </div>
    </Modal>
  );
}
