/** One move: its pools, its progress, and its result. */
import { useSignal } from '@preact/signals';
import { ago, bytes, clock, duration, rate } from '../model/format.js';
import { cancel } from '../state/actions.js';
import { capitalized, fractionOf, headingOf, stagesBehind } from '../state/phases.js';
import { now } from '../state/ui.js';
import type { WireMigration, WirePass } from '../model/api-types.js';
import { Icon } from './icons.js';

export function MoveCard({ migration }: { readonly migration: WireMigration }) {
  const { container, source, destination, state, phase } = migration;
  const isRunning = state === 'running';
  return (
    <article class={`move move-${state}`} data-migration={migration.id} data-state={state} data-phase={phase}>
      <div class="move-head">
        <h3>{container}</h3>
        <span class={`move-state state-${state}`}>{headingOf(migration)}</span>
      </div>
      <p class="move-route">
        {source}
        <Icon name="move" />
        <span class="visually-hidden">to</span>
        {destination}
        {!isRunning && migration.ended_at && (
          <time dateTime={migration.ended_at} title={clock(migration.ended_at, now.peek())}>
            {ago(migration.ended_at, now.value)}
          </time>
        )}
      </p>
      {isRunning ? <Progress migration={migration} /> : <Outcome migration={migration} />}
    </article>
  );
}

function Progress({ migration }: { readonly migration: WireMigration }) {
  const {
    stages,
    passes,
    bytes: sent,
    rate_bytes_per_second,
    estimated_seconds_left,
    started_at,
  } = migration;
  const behind = stagesBehind(migration);
  const fraction = fractionOf(migration);
  const pass = passes.at(-1);
  const wish = useSignal(false);
  return (
    <>
      {behind === undefined ? (
        <p class="move-back">Everything is restored.</p>
      ) : (
        <ol class="stages" aria-label="Stages">
          {stages.map((stage, index) => (
            <li
              key={stage}
              class={index < behind ? 'is-behind' : index === behind ? 'is-now' : ''}
              aria-current={index === behind ? 'step' : undefined}
              title={capitalized(stage)}
            >
              <span>{capitalized(stage)}</span>
            </li>
          ))}
        </ol>
      )}
      <div
        class={`bar ${fraction === undefined ? 'is-vague' : ''}`}
        role="progressbar"
        aria-label={`Progress of ${migration.container}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={fraction === undefined ? undefined : Math.round(100 * fraction)}
        aria-valuetext={fraction === undefined ? migration.description : undefined}
      >
        <span style={fraction === undefined ? undefined : { width: `${100 * fraction}%` }} />
      </div>
      <dl class="facts">
        <Fact name="Sent" value={bytes(sent)} />
        <Fact name="Rate" value={rate_bytes_per_second === null ? '–' : rate(rate_bytes_per_second)} />
        <Fact
          name="Left"
          value={estimated_seconds_left === null ? '–' : duration(1000 * estimated_seconds_left)}
        />
        <Fact name="Pass" value={pass ? `${pass.number}` : '–'} />
        <Fact name="For" value={duration(Math.max(0, now.value - Date.parse(started_at)))} />
      </dl>
      <Waiting migration={migration} />
      {migration.cancellable && (
        <button
          class="button small"
          disabled={wish.value}
          onClick={() => {
            wish.value = true;
            void cancel(migration).finally(() => (wish.value = false));
          }}
        >
          {wish.value ? 'Cancelling…' : 'Cancel'}
          <span class="visually-hidden"> the move of {migration.container}</span>
        </button>
      )}
    </>
  );
}

/** What the move waits for, and what a person can decide meanwhile. */
function Waiting({ migration }: { readonly migration: WireMigration }) {
  const { id, waiting_for, waiting_since, choices } = migration;
  if (waiting_for === null || waiting_since === null) return null;
  return (
    <div class="move-wait" role="status">
      <p>
        Waits since {clock(waiting_since, now.peek())}: {waiting_for}
      </p>
      {choices.map(({ keep, cost }) => (
        <details key={keep}>
          <summary>If that never comes back: keep the {keep}</summary>
          <p>{cost}</p>
          <code>{`copa migration resolve ${id} --keep ${keep}`}</code>
        </details>
      ))}
    </div>
  );
}

function Outcome({ migration }: { readonly migration: WireMigration }) {
  const {
    state,
    error,
    downtime_ms,
    downtime,
    check,
    started_at,
    ended_at,
    passes,
    bytes: sent,
    via,
  } = migration;
  const took = ended_at === null ? null : Date.parse(ended_at) - Date.parse(started_at);
  return (
    <>
      {state === 'failed' && error && <p class="move-error">{error}</p>}
      {state === 'done' && (
        <p class="downtime">
          <strong>{downtime_ms === null ? 'No downtime' : duration(downtime_ms)}</strong>
          {downtime_ms === null ? ': it did not run' : ' down'}
          {downtime && <Parts downtime={downtime} />}
        </p>
      )}
      {state === 'done' && check?.outcome === 'failed' && (
        <p class="move-error">Its check failed: {check.message}</p>
      )}
      <details>
        <summary>
          {took === null ? '' : `${duration(took)}, `}
          {bytes(sent)} in {passes.length === 1 ? '1 pass' : `${passes.length} passes`}
        </summary>
        <table class="passes">
          <thead>
            <tr>
              <th scope="col">Pass</th>
              <th scope="col">While it</th>
              <th scope="col">Sent</th>
              <th scope="col">Took</th>
            </tr>
          </thead>
          <tbody>{passes.map(Pass)}</tbody>
        </table>
        <p class="move-small">
          {via === 'relay' ? 'Relayed by the controller' : 'From host to host'}, begun{' '}
          {clock(started_at, now.peek())}. Number {migration.id}.
        </p>
      </details>
    </>
  );
}

/** The parts of the downtime, drawn to scale. */
function Parts({ downtime }: { readonly downtime: NonNullable<WireMigration['downtime']> }) {
  const parts = [
    ['Shutdown', downtime.shutdown_ms],
    ['Last pass', downtime.last_pass_ms],
    ['Start', downtime.start_ms],
  ] as const;
  return (
    <span class="parts">
      {parts.map(([name, ms]) => (
        <span
          key={name}
          class="part"
          style={{ flexGrow: Math.max(ms, 1) }}
          title={`${name}: ${duration(ms)}`}
        >
          <i>
            {name} {duration(ms)}
          </i>
        </span>
      ))}
    </span>
  );
}

function Pass({ number, kind, bytes: sent, ms, outcome }: WirePass) {
  return (
    <tr key={number}>
      <td>{number}</td>
      <td>{kind === 'final' ? 'stood' : 'ran'}</td>
      <td>{bytes(sent)}</td>
      <td>{outcome === 'done' ? (ms === null ? '–' : duration(ms)) : outcome}</td>
    </tr>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
