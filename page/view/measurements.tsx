/** The dialogs of measurements. They are loaded when one opens, with what draws the charts. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { figure } from '../model/format.js';
import { matrixOf, type Link, type Matrix } from '../model/history.js';
import { readLinks, type Read, type Subject } from '../state/history.js';
import { dialog } from '../state/ui.js';
import { History } from './history.js';
import { Modal } from './modal.js';

const close = () => (dialog.value = undefined);
const readEveryMs = 5_000;

export function MeasurementsDialog({ subject }: { readonly subject: Subject | undefined }) {
  if (!subject) return <LinksDialog />;
  const { pool, container, peer } = subject;
  const title = container ?? (peer === undefined ? pool : `Link from ${pool} to ${peer}`);
  return (
    <Modal title={title} class="is-wide" onClose={close}>
      <History subject={subject} />
      {peer !== undefined && (
        <p>
          <button class="button" onClick={() => (dialog.value = { kind: 'links' })}>
            All links
          </button>
        </p>
      )}
    </Modal>
  );
}

function LinksDialog() {
  const found = useSignal<Read | string | undefined>(undefined);
  useEffect(() => {
    const read = () => void readLinks().then((links) => (found.value = links));
    read();
    const timer = setInterval(read, readEveryMs);
    return () => clearInterval(timer);
  }, []);
  return (
    <Modal title="Links" class="is-wide" onClose={close}>
      <Links read={found.value} />
    </Modal>
  );
}

function Links({ read }: { readonly read: Read | string | undefined }) {
  if (read === undefined) return <p class="side-empty">Reading…</p>;
  if (typeof read === 'string') return <p class="side-empty">The links cannot be read: {read}</p>;
  const matrix = matrixOf(read.rows);
  return (
    <>
      {read.warning !== undefined && <p class="form-error">{read.warning}</p>}
      {matrix.pools.length === 0 ? (
        <p class="side-empty">No link was measured in the last half minute.</p>
      ) : (
        <Table matrix={matrix} />
      )}
    </>
  );
}

function Table({ matrix: { pools, links } }: { readonly matrix: Matrix }) {
  return (
    <div class="matrix-place" tabIndex={0} role="region" aria-label="Latency and loss of all links">
      <table class="matrix">
        <caption>One-way latency (median) and loss, from the pool at the left to the one above.</caption>
        <thead>
          <tr>
            <td />
            {pools.map((pool) => (
              <th key={pool} scope="col">
                {pool}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {pools.map((pool) => (
            <tr key={pool}>
              <th scope="row">{pool}</th>
              {pools.map((peer) => (
                <Cell key={peer} pool={pool} peer={peer} link={links.get(pool)?.get(peer)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface CellProps {
  readonly pool: string;
  readonly peer: string;
  readonly link: Link | undefined;
}

function Cell({ pool, peer, link }: CellProps) {
  if (!link) return <td class="matrix-none">{pool === peer ? '' : '–'}</td>;
  const { latencyMs, loss = 0, uncertaintyMs } = link;
  const about =
    uncertaintyMs === undefined
      ? 'posted by a program'
      : `± ${figure(uncertaintyMs)} ms if the two ways differ`;
  return (
    <td class={`matrix-${toneOf(latencyMs, loss)}`}>
      <button title={about} onClick={() => (dialog.value = { kind: 'history', subject: { pool, peer } })}>
        <span class="visually-hidden">
          From {pool} to {peer}:{' '}
        </span>
        {figure(latencyMs)} ms
        {loss > 0 && <small>{figure(loss)}% lost</small>}
      </button>
    </td>
  );
}

/** By the limit of the built-in policy for latency, and what people notice. */
function toneOf(latencyMs: number, loss: number): 'good' | 'fair' | 'bad' {
  if (latencyMs > 50 || loss > 5) return 'bad';
  return latencyMs > 20 || loss > 1 ? 'fair' : 'good';
}
