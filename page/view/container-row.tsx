/** A container on its pool's card. */
import { useComputed, type ReadonlySignal } from '@preact/signals';
import { bytes, percent } from '../model/format.js';
import { underWay } from '../state/actions.js';
import { statusKind, type Pool } from '../state/fleet.js';
import { moving } from '../state/live.js';
import { capitalized, fractionOf, placeKey } from '../state/phases.js';
import { select, selected } from '../state/ui.js';
import type { Usage } from '../state/usage.js';
import type { WireContainer, WireMigration } from '../model/api-types.js';
import { openContainerMenu } from './container-menu.js';
import { Icon } from './icons.js';
import { Sparkline } from './sparkline.js';

interface Props {
  readonly pool: Pool;
  readonly container: WireContainer;
  readonly usage: ReadonlySignal<Usage | undefined>;
  readonly position: number;
  readonly total: number;
}

export function ContainerRow({ pool, container, usage, position, total }: Props) {
  const { name, status, addresses } = container;
  const place = { pool: pool.name, name };
  const key = placeKey(pool.name, name);
  const migration = useComputed(() => moving.value.get(key)).value;
  const doing = useComputed(() => underWay.value.get(key)).value;
  const isSelected = useComputed(
    () => selected.value?.pool === pool.name && selected.value.name === name,
  ).value;
  const kind = statusKind(status);
  return (
    <li
      class={`row is-${kind} ${isSelected ? 'is-selected' : ''} ${migration ? 'is-moving' : ''}`}
      data-pool={pool.name}
      data-name={name}
      aria-setsize={total}
      aria-posinset={position}
    >
      <span class={`status status-${kind}`} role="img" aria-label={status} title={status} />
      <button
        class="row-name"
        aria-current={isSelected ? 'true' : undefined}
        aria-keyshortcuts="m s t . Delete"
        onClick={() => select(isSelected ? undefined : place)}
      >
        {name}
      </button>
      {migration ? (
        <Moving migration={migration} pool={pool.name} />
      ) : doing !== undefined ? (
        <span class="row-doing">{doing}…</span>
      ) : kind === 'running' ? (
        <>
          <span class="row-address">{addresses[0]}</span>
          <RowUsage usage={usage} name={name} />
        </>
      ) : (
        <span class="row-word">{status.toLowerCase()}</span>
      )}
      <button
        class="button quiet square small row-more"
        aria-label={`Actions for ${name}`}
        aria-haspopup="menu"
        onClick={(event) => openContainerMenu(event.currentTarget, place)}
      >
        <Icon name="more" />
      </button>
    </li>
  );
}

function RowUsage({ usage, name }: { readonly usage: Props['usage']; readonly name: string }) {
  const samples = useComputed(() => usage.value?.containers.get(name) ?? []);
  const cpu = useComputed(() => samples.value.map(({ cpu_percent }) => cpu_percent));
  const cpuWords = useComputed(() => {
    const last = samples.value.at(-1);
    return last ? percent(last.cpu_percent) : '';
  });
  const memoryWords = useComputed(() => {
    const last = samples.value.at(-1);
    return last ? bytes(last.memory) : '';
  });
  return (
    <>
      <Sparkline values={cpu} max={25} width={56} height={18} />
      <span class="row-cpu" title="Processor">
        {cpuWords}
      </span>
      <span class="row-memory" title="Memory">
        {memoryWords}
      </span>
    </>
  );
}

function Moving({ migration, pool }: { readonly migration: WireMigration; readonly pool: string }) {
  const fraction = fractionOf(migration);
  const isArriving = migration.destination === pool;
  return (
    <span class="row-move" title={capitalized(migration.description)}>
      <Icon name="move" />
      {isArriving ? `from ${migration.source}` : `to ${migration.destination}`}
      <span
        class={`row-progress ${fraction === undefined ? 'is-vague' : ''}`}
        style={fraction === undefined ? undefined : { width: `${Math.round(100 * fraction)}%` }}
      />
    </span>
  );
}
