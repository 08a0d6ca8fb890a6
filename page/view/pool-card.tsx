/** A pool: its health, its host's usage, and its containers. */
import { useComputed, useSignal, type ReadonlySignal } from '@preact/signals';
import { bytes, clock, percent, ratePair } from '../model/format.js';
import { sizes, type Card } from '../state/layout.js';
import { poolSignal, usageSignal } from '../state/live.js';
import { tallyOf, type Pool } from '../state/fleet.js';
import type { Usage } from '../state/usage.js';
import { schedulingTexts } from '../state/scheduling.js';
import { expanded, now } from '../state/ui.js';
import type { WireContainer } from '../model/api-types.js';
import { ContainerRow } from './container-row.js';
import { Icon } from './icons.js';
import { openPoolMenu } from './pool-menu.js';
import { Sparkline } from './sparkline.js';

interface Props {
  readonly card: Card;
  readonly containers: readonly WireContainer[];
  readonly first: number;
  readonly end: number;
  readonly position: number;
  readonly total: number;
}

export function PoolCard({ card, containers, first, end, position, total }: Props) {
  const pool = poolSignal(card.name)?.value;
  if (!pool) return null;
  const { left, top, width, height, rows } = card;
  const usage = usageSignal(pool.name);
  return (
    <section
      class={`pool is-${pool.state}`}
      data-pool={pool.name}
      role="listitem"
      aria-label={`Pool ${pool.name}`}
      aria-setsize={total}
      aria-posinset={position}
      style={{ transform: `translate(${left}px, ${top}px)`, width: `${width}px`, height: `${height}px` }}
    >
      <Head pool={pool} />
      {pool.state === 'up' ? <Meters usage={usage} /> : <Gone pool={pool} />}
      <ul
        class="rows"
        aria-label={`Containers of ${pool.name}`}
        style={{ height: `${rows * sizes.row}px`, paddingTop: `${first * sizes.row}px` }}
      >
        {containers.slice(first, end).map((container, index) => (
          <ContainerRow
            key={container.name}
            pool={pool}
            container={container}
            usage={usage}
            position={first + index + 1}
            total={containers.length}
          />
        ))}
      </ul>
      {card.hasFoot && <Foot pool={pool} shown={containers.length} rows={rows} />}
    </section>
  );
}

function Head({ pool }: { readonly pool: Pool }) {
  const { name, ip, daemon, daemonVersion, state, translations, labels, scheduling } = pool;
  const about = [daemon && `${daemon} ${daemonVersion ?? ''}`, ...translations, ...labels].filter(Boolean);
  const tally = tallyOf(pool);
  const words = { up: 'up', down: 'down', unknown: 'not known yet' }[state];
  return (
    <div class="pool-head">
      <span class={`health health-${state}`} role="img" aria-label={words} />
      <h2 title={name}>{name}</h2>
      {scheduling !== 'active' && (
        <span class={`pool-state is-${scheduling}`} title={schedulingTexts[scheduling]}>
          {scheduling}
        </span>
      )}
      <span class="pool-about" title={[ip, ...about].join(', ')}>
        {ip}
        {daemon && (
          <span class="daemon">
            {daemon === 'incus' ? 'Incus' : 'LXD'} {daemonVersion}
          </span>
        )}
        {translations.length > 0 && (
          <span class="daemon">
            <span class="visually-hidden">Names in moves to it: </span>
            {translations.join(' ')}
          </span>
        )}
        {labels.length > 0 && (
          <span class="daemon">
            <span class="visually-hidden">Labels: </span>
            {labels.join(' ')}
          </span>
        )}
      </span>
      <span class="pool-tally" title={`${tally.running} of ${pool.containers.length} containers run`}>
        <span class="visually-hidden">Containers running: </span>
        {tally.running}
        <i>/{pool.containers.length}</i>
      </span>
      <button
        class="button quiet square small"
        aria-label={`Actions for pool ${name}`}
        aria-haspopup="menu"
        onClick={(event) => openPoolMenu(event.currentTarget, pool)}
      >
        <Icon name="more" />
      </button>
    </div>
  );
}

function Gone({ pool: { state, since, reason } }: { readonly pool: Pool }) {
  return (
    <p class="gone">
      <strong>
        {state === 'down' ? 'Down' : 'Not known yet'}
        {since && <> since {clock(since, now.peek())}</>}
      </strong>
      {reason && <span title={reason}>{reason}</span>}
    </p>
  );
}

/** Load, memory and network of the host. */
function Meters({ usage }: { readonly usage: ReadonlySignal<Usage | undefined> }) {
  const loads = useComputed(() => usage.value?.load.map(({ load1 }) => load1) ?? []);
  const memories = useComputed(() => usage.value?.load.map(({ memory_used }) => memory_used) ?? []);
  const nets = useComputed(
    () => usage.value?.load.map((load) => load.rx_bytes_per_second + load.tx_bytes_per_second) ?? [],
  );
  const load = usage.value?.load.at(-1);
  const cpus = load?.cpus ?? 0;
  const total = load?.memory_total ?? 0;
  const memory = load && total > 0 ? (100 * load.memory_used) / total : 0;
  const net = load && ratePair(load.rx_bytes_per_second, load.tx_bytes_per_second);
  return (
    <dl class="meters">
      <div class={load && load.load1 > cpus ? 'meter is-high' : 'meter'} title="Runnable processes">
        <dt>Load</dt>
        <dd>
          {load ? load.load1.toFixed(load.load1 < 10 ? 2 : 1) : '–'} {load && <i>of {cpus}</i>}
        </dd>
        <Sparkline values={loads} max={cpus} width={96} height={22} />
      </div>
      <div
        class={memory > 90 ? 'meter is-high' : 'meter'}
        title={load && `${bytes(load.memory_used)} of ${bytes(total)}`}
      >
        <dt>Memory</dt>
        <dd>
          {load ? percent(memory) : '–'} {load && <i>of {bytes(total)}</i>}
        </dd>
        <Sparkline values={memories} max={total} width={96} height={22} />
      </div>
      <div class="meter" title="Received and sent">
        <dt>Network</dt>
        <dd>
          {net ? (
            <>
              <span class="visually-hidden">received </span>↓{net.one}
              <span class="visually-hidden"> sent </span> ↑{net.other} <i>{net.unit}</i>
            </>
          ) : (
            '–'
          )}
        </dd>
        <Sparkline values={nets} max={10_000} width={96} height={22} />
      </div>
    </dl>
  );
}

function Foot({ pool, shown, rows }: { readonly pool: Pool; readonly shown: number; readonly rows: number }) {
  const isOpen = useSignal(false);
  isOpen.value = expanded.value.has(pool.name);
  if (shown === 0) {
    return <p class="foot foot-empty">{pool.state === 'up' ? 'No containers' : 'No containers are known'}</p>;
  }
  const toggle = () => {
    const set = new Set(expanded.value);
    if (!set.delete(pool.name)) set.add(pool.name);
    expanded.value = set;
  };
  return (
    <button class="foot" aria-expanded={isOpen.value} onClick={toggle}>
      <Icon name="down" />
      {isOpen.value ? 'Show fewer' : `${shown - rows} more`}
    </button>
  );
}
