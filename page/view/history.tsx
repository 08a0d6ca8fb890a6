/** What a pool, a container or a link was like over an hour, a day or a month. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { bytes, figure, percent, rate } from '../model/format.js';
import { columnsOf } from '../model/history.js';
import { readHistory, spans, type Read, type Span, type Subject } from '../state/history.js';
import { Chart, type Line } from './chart.js';
import type { WireHistoryRow } from '../model/api-types.js';

interface Drawn {
  readonly title: string;
  readonly fields: readonly (keyof WireHistoryRow)[];
  readonly lines: readonly Line[];
  readonly words: (value: number) => string;
  readonly max: number;
}

const one = (label: string): readonly Line[] => [{ label, colour: '--accent' }];
const two = (first: string, second: string): readonly Line[] => [
  { label: first, colour: '--accent' },
  { label: second, colour: '--move' },
];
const ms = (value: number) => `${figure(value)} ms`;
const traffic: Drawn = {
  ...{ title: 'Network', fields: ['received', 'sent'], lines: two('Received', 'Sent') },
  ...{ words: rate, max: 10_000 },
};
const disk: Drawn = {
  ...{ title: 'Disk', fields: ['disk_read', 'disk_written'], lines: two('Read', 'Written') },
  ...{ words: rate, max: 10_000 },
};

const ofPool: readonly Drawn[] = [
  { title: 'Processors', fields: ['CPU'], lines: one('Processors'), words: percent, max: 25 },
  { title: 'Memory', fields: ['memory'], lines: one('Memory'), words: percent, max: 100 },
  traffic,
  disk,
];
const ofContainer: readonly Drawn[] = [
  { title: 'Processor', fields: ['CPU'], lines: one('Processor'), words: percent, max: 25 },
  { title: 'Memory', fields: ['memory'], lines: one('Memory'), words: bytes, max: 1_000_000 },
  traffic,
  disk,
];
const linkCharts = (peer: string): readonly Drawn[] => {
  const ways = two(`To ${peer}`, `From ${peer}`);
  return [
    {
      ...{ title: 'Latency, one way (median)', fields: ['latency_median_1to2', 'latency_median_2to1'] },
      ...{ lines: ways, words: ms, max: 1 },
    },
    { title: 'Jitter', fields: ['jitter_1to2', 'jitter_2to1'], lines: ways, words: ms, max: 1 },
    { title: 'Loss', fields: ['loss_1to2', 'loss_2to1'], lines: ways, words: percent, max: 5 },
    {
      ...{ title: 'Traffic', fields: ['throughput'], lines: one('Both directions'), max: 1 },
      words: (value) => `${Math.round(value * 10) / 10} Mbit/s`,
    },
  ];
};

const spanWords: Readonly<Record<Span, string>> = { hour: 'Hour', day: 'Day', month: 'Month' };

export function History({ subject }: { readonly subject: Subject }) {
  const span = useSignal<Span>('hour');
  const found = useSignal<Read | string | undefined>(undefined);
  const shown = span.value;
  useEffect(() => {
    let isCurrent = true;
    void readHistory(subject, shown).then((read) => {
      if (isCurrent) found.value = read;
    });
    return () => (isCurrent = false);
  }, [shown, subject.pool, subject.peer, subject.container]);
  return (
    <div class="history">
      <div class="facets" role="group" aria-label="Time">
        {(Object.keys(spans) as Span[]).map((each) => (
          <button key={each} class="facet" aria-pressed={shown === each} onClick={() => (span.value = each)}>
            {spanWords[each]}
          </button>
        ))}
      </div>
      <Charts subject={subject} read={found.value} />
    </div>
  );
}

function Charts({ subject, read }: { readonly subject: Subject; readonly read: Read | string | undefined }) {
  if (read === undefined) return <p class="side-empty">Reading…</p>;
  if (typeof read === 'string') return <p class="side-empty">The history cannot be read: {read}</p>;
  const charts =
    subject.container !== undefined
      ? ofContainer
      : subject.peer === undefined
        ? ofPool
        : linkCharts(subject.peer);
  return (
    <div class="history-charts">
      {charts.map((drawn) => (
        <Drawing key={drawn.title} drawn={drawn} read={read} />
      ))}
    </div>
  );
}

function Drawing({ drawn, read }: { readonly drawn: Drawn; readonly read: Read }) {
  const columns = useMemo(() => columnsOf(read.rows, drawn.fields, read.step), [read]);
  return (
    <Chart title={drawn.title} lines={drawn.lines} columns={columns} words={drawn.words} max={drawn.max} />
  );
}
