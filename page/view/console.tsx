/** The console log of a container. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { parametersOf } from '../../client/browser.js';
import type { ContainerRef } from '../model/api-types.js';
import { copa } from '../state/copa.js';
import { dialog } from '../state/ui.js';
import { Modal } from './modal.js';

export function Console({ place }: { readonly place: ContainerRef }) {
  const log = useSignal<string | undefined>(undefined);
  const failure = useSignal('');
  const times = useSignal(0);
  const end = useRef<HTMLPreElement>(null);
  useEffect(() => {
    const ended = new AbortController();
    copa.consoleLog(parametersOf(place), { signal: ended.signal }).then(
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
        {log.value === undefined ? '' : log.value === '' ? 'The console log is empty.' : log}
      </pre>
      <div class="form-end">
        <button class="button" onClick={() => (times.value += 1)}>
          Reload
        </button>
      </div>
    </Modal>
  );
}
