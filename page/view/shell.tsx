/** A shell in a container: a terminal here, a process there, a websocket between them. Loaded when it opens. */
import '@xterm/xterm/css/xterm.css';
import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { parametersOf } from '../../client/browser.js';
import type { ContainerRef } from '../model/api-types.js';
import { copa } from '../state/copa.js';
import { dialog } from '../state/ui.js';
import { Modal } from './modal.js';

/** Escape and the tab key belong to the program in the terminal, so Shift+Esc closes the dialog. */
function openTerminal(element: HTMLElement) {
  const terminal = new Terminal({
    cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
    fontSize: 13,
    screenReaderMode: true,
    theme: { background: '#101514', foreground: '#dfe6e3', cursor: '#5fd4c0' },
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(element);
  fit.fit();
  terminal.focus();
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.key !== 'Escape' || !event.shiftKey) return true;
    if (event.type === 'keydown') dialog.value = undefined;
    return false;
  });
  return { terminal, fit };
}

/** The last message of the controller. */
interface Result {
  readonly exit?: number;
  readonly error?: string;
}

export function ShellDialog({ place }: { readonly place: ContainerRef }) {
  const holder = useRef<HTMLDivElement>(null);
  const state = useSignal('Connecting…');
  const turn = useSignal(0);
  const isOver = useSignal(false);

  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    isOver.value = false;
    state.value = 'Connecting…';
    const { terminal, fit } = openTerminal(element);
    const { cols: width, rows: height } = terminal;
    const { url, protocols } = copa.transport.execSocket({ ...parametersOf(place), width, height });
    const socket = new WebSocket(url, protocols);
    socket.binaryType = 'arraybuffer';
    const bytes = new TextEncoder();
    const send = (data: Uint8Array<ArrayBuffer> | string) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(data);
    };
    terminal.onData((text) => send(bytes.encode(text)));
    terminal.onBinary((text) => send(Uint8Array.from(text, (each) => each.charCodeAt(0))));
    terminal.onResize(({ cols, rows }) => send(JSON.stringify({ resize: { width: cols, height: rows } })));
    const over = (words: string) => {
      if (isOver.value) return;
      state.value = words;
      isOver.value = true;
    };
    socket.onopen = () => {
      state.value = `In ${place.name} on ${place.pool}. Shift and Esc leave it.`;
      fit.fit();
    };
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (typeof data !== 'string') {
        terminal.write(new Uint8Array(data));
        return;
      }
      const { exit, error } = JSON.parse(data) as Result;
      if (error !== undefined) over(error);
      else if (exit !== undefined)
        over(exit === 0 ? 'The shell has ended.' : `The shell ended with ${exit}.`);
    };
    socket.onclose = ({ reason }) => over(reason || 'The connection has ended.');

    const observer = new ResizeObserver(() => fit.fit());
    observer.observe(element);
    return () => {
      observer.disconnect();
      socket.close();
      terminal.dispose();
    };
  }, [turn.value]);

  return (
    <Modal
      title={`Shell in ${place.name}`}
      onClose={() => (dialog.value = undefined)}
      class="is-wide is-shell"
    >
      <div ref={holder} class="shell-place" />
      <div class="form-end">
        <p class="shell-state" role="status">
          {state}
        </p>
        {isOver.value && (
          <button class="button" onClick={() => (turn.value += 1)}>
            Open another
          </button>
        )}
      </div>
    </Modal>
  );
}
