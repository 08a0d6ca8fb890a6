/** The side panel: moves, policies, networks, events, or the details of a container. On narrow screens it covers the board. */
import { computed } from '@preact/signals';
import { evacuations } from '../state/evacuations.js';
import { experiments } from '../state/experiments.js';
import { log, migrations, poolSignal } from '../state/live.js';
import { clock } from '../model/format.js';
import { now, panel, select, selected, type Panel } from '../state/ui.js';
import { Details } from './details.js';
import { EvacuationCard } from './evacuation-card.js';
import { ExperimentCard } from './experiment-card.js';
import { Icon } from './icons.js';
import { MoveCard } from './move-card.js';
import { Networks } from './networks.js';
import { Policies } from './policies.js';

const runningCount = computed(
  () => [...migrations.value.values()].filter(({ state }) => state === 'running').length,
);

const titles: Readonly<Record<Panel, string>> = {
  moves: 'Moves',
  policies: 'Policies',
  networks: 'Networks',
  events: 'Events',
};
const panels = Object.keys(titles) as Panel[];

export function Side() {
  const place = selected.value;
  const shown = panel.value ?? 'moves';
  if (place) {
    return (
      <aside class="side is-open" aria-label={`Details of ${place.name}`}>
        <Details key={`${place.pool}/${place.name}`} place={place} />
      </aside>
    );
  }
  return (
    <aside class={`side ${panel.value ? 'is-open' : ''}`} aria-label={titles[shown]}>
      <div class="side-head">
        <div class="side-tabs" role="tablist" aria-label="Moves, policies, networks and events">
          {panels.map((id, index) => (
            <button
              key={id}
              role="tab"
              id={`tab-${id}`}
              aria-selected={shown === id}
              aria-controls="side-body"
              tabIndex={shown === id ? 0 : -1}
              onClick={() => (panel.value = id)}
              onKeyDown={(event) => {
                if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
                const step = event.key === 'ArrowRight' ? 1 : panels.length - 1;
                const other = panels[(index + step) % panels.length] ?? id;
                panel.value = other;
                document.getElementById(`tab-${other}`)?.focus();
              }}
            >
              {titles[id]}
              {id === 'moves' && runningCount.value > 0 && <span class="badge">{runningCount}</span>}
            </button>
          ))}
        </div>
        <button
          class="button quiet square small overlay-only"
          aria-label="Close"
          onClick={() => (panel.value = undefined)}
        >
          <Icon name="close" />
        </button>
      </div>
      <div class="side-body" id="side-body" role="tabpanel" aria-labelledby={`tab-${shown}`} tabIndex={0}>
        <Shown panel={shown} />
      </div>
    </aside>
  );
}

function Shown({ panel: shown }: { readonly panel: Panel }) {
  switch (shown) {
    case 'moves':
      return <Moves />;
    case 'policies':
      return <Policies />;
    case 'networks':
      return <Networks />;
    case 'events':
      return <Events />;
  }
}

function Moves() {
  const all = [...migrations.value.values()].sort((a, b) => b.started_at.localeCompare(a.started_at));
  const running = all.filter(({ state }) => state === 'running');
  const ended = all.filter(({ state }) => state !== 'running');
  const emptied = [...evacuations.value.values()].filter(({ phase, container_pool: pool }) => {
    // One that was incomplete has an end when somebody opens the pool, or removes it.
    const scheduling = poolSignal(pool)?.value.scheduling ?? 'active';
    return phase !== 'restored' && scheduling !== 'active';
  });
  const tried = experiments.value;
  if (all.length === 0 && emptied.length === 0 && tried.length === 0) {
    return (
      <p class="side-empty">
        Nothing has been moved yet. Drag a container onto another pool, or press <kbd>M</kbd> on it.
      </p>
    );
  }
  return (
    <>
      {tried.map((experiment) => (
        <ExperimentCard key={experiment.run} experiment={experiment} />
      ))}
      {emptied.map((evacuation) => (
        <EvacuationCard key={evacuation.container_pool} evacuation={evacuation} />
      ))}
      {running.map((migration) => (
        <MoveCard key={migration.id} migration={migration} />
      ))}
      {ended.length > 0 && <h3 class="side-title">Before</h3>}
      {ended.map((migration) => (
        <MoveCard key={migration.id} migration={migration} />
      ))}
    </>
  );
}

function Events() {
  if (log.value.length === 0) {
    return <p class="side-empty">Nothing has happened since this page was opened.</p>;
  }
  return (
    <ol class="events">
      {log.value.map(({ number, at, tone, text, about }) => (
        <li key={number} class={`event event-${tone}`}>
          <time dateTime={at}>{clock(at, now.peek())}</time>
          <span>
            {text}
            {about?.name !== undefined && (
              <button
                class="event-go"
                aria-label={`Details of ${about.name}`}
                onClick={() => select({ pool: about.pool, name: about.name ?? '' })}
              >
                <Icon name="move" />
              </button>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}

/** On narrow screens: the part of the page in front. */
export function Tabs() {
  const go = (to: Panel | undefined) => () => {
    select(undefined);
    panel.value = to;
  };
  const tabs = [
    [undefined, 'Pools', 'pools'],
    ['moves', 'Moves', 'moves'],
    ['policies', 'Policies', 'policies'],
    ['networks', 'Networks', 'networks'],
    ['events', 'Events', 'events'],
  ] as const;
  return (
    <nav class="tabs" aria-label="Views">
      {tabs.map(([to, label, icon]) => (
        <button
          key={label}
          aria-current={panel.value === to && !selected.value ? 'page' : undefined}
          onClick={go(to)}
        >
          <Icon name={icon} />
          {label}
          {to === 'moves' && runningCount.value > 0 && <span class="badge">{runningCount}</span>}
        </button>
      ))}
    </nav>
  );
}
