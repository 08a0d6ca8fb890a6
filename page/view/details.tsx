/** A container's details: its state, its usage, its snapshots, and its operations. */
import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { parametersOf } from '../../client/browser.js';
import { bytes, clock, count, percent, rate } from '../model/format.js';
import { act, underWay } from '../state/actions.js';
import { pairTexts, statusKind, type StatusKind } from '../state/fleet.js';
import { migrations, moving, poolSignal, usageSignal } from '../state/live.js';
import { placeKey } from '../state/phases.js';
import { dialog, now, select } from '../state/ui.js';
import type { ContainerRef, WireContainer, WireContainerUsage } from '../model/api-types.js';
import { copa } from '../state/copa.js';
import { openContainerMenu, possibleVerbs } from './container-menu.js';
import { Icon } from './icons.js';
import { MoveCard } from './move-card.js';
import { Sparkline } from './sparkline.js';

interface Snapshot {
  readonly name: string;
  readonly created_at: string;
}

export function Details({ place }: { readonly place: ContainerRef }) {
  const pool = poolSignal(place.pool)?.value;
  const container = pool?.containers.find(({ name }) => name === place.name);
  const key = placeKey(place.pool, place.name);
  const migration = useComputed(() => moving.value.get(key)).value;
  const doing = useComputed(() => underWay.value.get(key)).value;
  if (!container) return <Missing place={place} />;
  const kind = statusKind(container.status);
  return (
    <div class="details">
      <Head place={place} kind={kind} />
      <p class="details-state" role="status">
        {doing === undefined ? container.status : `${doing}…`} on {place.pool}
      </p>
      <Actions
        place={place}
        status={container.status}
        isMoving={migration !== undefined}
        isBusy={doing !== undefined}
      />
      {migration && <MoveCard migration={migration} />}
      {kind === 'running' && <Charts place={place} />}
      <Facts container={container} />
      <Snapshots place={place} amount={container.snapshots} />
      <Before place={place} />
    </div>
  );
}

/** The container does not exist. The newest move shows where it is. */
function Missing({ place }: { readonly place: ContainerRef }) {
  const movedTo = useComputed(() =>
    [...migrations.value.values()].find(
      ({ container, source, state }) => container === place.name && source === place.pool && state === 'done',
    ),
  ).value?.destination;
  return (
    <div class="details">
      <Head place={place} />
      <p class="side-empty">There is no container of this name on {place.pool}.</p>
      {movedTo !== undefined && (
        <button class="button" onClick={() => select({ pool: movedTo, name: place.name })}>
          It moved to {movedTo}
        </button>
      )}
    </div>
  );
}

/** Takes the focus while it is open. */
function Head({ place, kind }: { readonly place: ContainerRef; readonly kind?: StatusKind }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    const opener = document.activeElement;
    heading.current?.focus();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    };
  }, []);
  return (
    <div class="details-head">
      {kind && <span class={`status status-${kind}`} aria-hidden="true" />}
      <h2 ref={heading} tabIndex={-1}>
        {place.name}
      </h2>
      <button
        class="button quiet square small"
        aria-label="Close the details"
        onClick={() => select(undefined)}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

interface ActionsProps {
  readonly place: ContainerRef;
  readonly status: string;
  readonly isMoving: boolean;
  /** An operation on the container is running. */
  readonly isBusy: boolean;
}

function Actions({ place, status, isMoving, isBusy }: ActionsProps) {
  return (
    <div class="details-actions">
      <button
        class="button primary"
        disabled={isMoving}
        onClick={() => (dialog.value = { kind: 'move', place })}
      >
        <Icon name="move" />
        Move…
      </button>
      {possibleVerbs(status).map(({ verb, label, icon }) => (
        <button
          key={verb}
          class="button"
          disabled={isMoving || isBusy}
          onClick={() => void act(verb, place, {})}
        >
          <Icon name={icon} />
          {label}
        </button>
      ))}
      {statusKind(status) === 'running' && (
        <button class="button" onClick={() => (dialog.value = { kind: 'shell', place })}>
          <Icon name="shell" />
          Shell
        </button>
      )}
      <button
        class="button quiet square"
        aria-label={`More actions for ${place.name}`}
        aria-haspopup="menu"
        onClick={(event) => openContainerMenu(event.currentTarget, place)}
      >
        <Icon name="more" />
      </button>
    </div>
  );
}

function Charts({ place }: { readonly place: ContainerRef }) {
  const usage = usageSignal(place.pool);
  const samples = useComputed(() => usage.value?.containers.get(place.name) ?? []);
  const last = samples.value.at(-1);
  const chart = (
    label: string,
    words: (sample: WireContainerUsage) => string,
    pick: (sample: WireContainerUsage) => number,
    max?: number,
  ) => <Chart label={label} words={last ? words(last) : '–'} samples={samples} pick={pick} max={max} />;
  return (
    <div class="charts">
      {chart(
        'Processor',
        ({ cpu_percent }) => percent(cpu_percent),
        ({ cpu_percent }) => cpu_percent,
        25,
      )}
      {chart(
        'Memory',
        ({ memory }) => bytes(memory),
        ({ memory }) => memory,
      )}
      {chart(
        'Received',
        (each) => rate(each.rx_bytes_per_second),
        (each) => each.rx_bytes_per_second,
        10_000,
      )}
      {chart(
        'Sent',
        (each) => rate(each.tx_bytes_per_second),
        (each) => each.tx_bytes_per_second,
        10_000,
      )}
      <button
        class="button small"
        onClick={() =>
          (dialog.value = { kind: 'history', subject: { pool: place.pool, container: place.name } })
        }
      >
        Hour, day, month
      </button>
    </div>
  );
}

interface ChartProps {
  readonly label: string;
  readonly words: string;
  readonly samples: { readonly value: readonly WireContainerUsage[] };
  readonly pick: (sample: WireContainerUsage) => number;
  readonly max: number | undefined;
}

function Chart({ label, words, samples, pick, max }: ChartProps) {
  const values = useComputed(() => samples.value.map(pick));
  return (
    <div class="chart">
      <p>
        {label} <strong>{words}</strong>
      </p>
      <Sparkline values={values} max={max} width={160} height={44} />
    </div>
  );
}

function Facts({ container }: { readonly container: WireContainer }) {
  const { addresses, image, created_at, cpu_limit, memory_limit, labels, rules } = container;
  return (
    <dl class="about">
      <dt>Addresses</dt>
      <dd class="mono">
        {addresses.length === 0 ? '–' : addresses.map((each) => <span key={each}>{each}</span>)}
      </dd>
      <dt>Image</dt>
      <dd>{image ?? '–'}</dd>
      <dt>Created</dt>
      <dd>{created_at === null ? '–' : clock(created_at, now.peek())}</dd>
      <dt>Limits</dt>
      <dd>
        {cpu_limit === null ? 'any processor' : `${cpu_limit} CPU`}, {memory_limit ?? 'any memory'}
      </dd>
      <Pairs title="Labels" pairs={pairTexts(labels)} />
      <Pairs title="Placement" pairs={pairTexts(rules, ' ')} />
    </dl>
  );
}

/** Nothing when there are none. */
function Pairs({ title, pairs }: { readonly title: string; readonly pairs: readonly string[] }) {
  if (pairs.length === 0) return null;
  return (
    <>
      <dt>{title}</dt>
      <dd class="mono">
        {pairs.map((pair) => (
          <span key={pair}>{pair}</span>
        ))}
      </dd>
    </>
  );
}

function Snapshots({ place, amount }: { readonly place: ContainerRef; readonly amount: number }) {
  const list = useSignal<readonly Snapshot[] | string>([]);
  useEffect(() => {
    if (amount === 0) {
      list.value = [];
      return;
    }
    const ended = new AbortController();
    copa.snapshots(parametersOf(place), { signal: ended.signal }).then(
      ({ snapshots }) => (list.value = snapshots),
      (error: unknown) => {
        if (!ended.signal.aborted) list.value = (error as Error).message;
      },
    );
    return () => ended.abort();
  }, [amount]);
  return (
    <section>
      <div class="side-title-line">
        <h3 class="side-title">{count(amount, 'snapshot')}</h3>
        <button class="button small" onClick={() => (dialog.value = { kind: 'snapshot', place })}>
          <Icon name="snapshot" />
          Take one
        </button>
      </div>
      {typeof list.value === 'string' ? (
        <p class="move-error">{list.value}</p>
      ) : (
        <ul class="snapshots">
          {list.value.map(({ name, created_at }) => (
            <li key={name}>
              <span>{name}</span>
              <time dateTime={created_at}>{clock(created_at, now.peek())}</time>
              <button
                class="button small"
                onClick={() => (dialog.value = { kind: 'restore', place, snapshot: name })}
              >
                Restore<span class="visually-hidden"> {name}</span>
              </button>
              <button
                class="button quiet square small"
                aria-label={`Delete snapshot ${name}`}
                onClick={() => (dialog.value = { kind: 'delete-snapshot', place, snapshot: name })}
              >
                <Icon name="remove" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Its moves so far. */
function Before({ place: { name } }: { readonly place: ContainerRef }) {
  const moves = [...migrations.value.values()]
    .filter(({ container, state }) => container === name && state !== 'running')
    .sort((a, b) => b.started_at.localeCompare(a.started_at));
  if (moves.length === 0) return null;
  return (
    <section>
      <h3 class="side-title">Moves of {name}</h3>
      {moves.slice(0, 10).map((migration) => (
        <MoveCard key={migration.id} migration={migration} />
      ))}
    </section>
  );
}
