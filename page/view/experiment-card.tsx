/** An experiment that runs, among the moves. */
import { ago, count, duration } from '../model/format.js';
import type { Experiment } from '../state/experiments.js';
import { now, select } from '../state/ui.js';

export function ExperimentCard({ experiment }: { readonly experiment: Experiment }) {
  const { scenario, run, since, containers, moves } = experiment;
  const running = moves.filter(({ state }) => state === 'running').length;
  const downMs = moves.reduce((sum, { downtime_ms: ms }) => sum + (ms ?? 0), 0);
  return (
    <article class="move move-running" data-experiment={run}>
      <div class="move-head">
        <h3>Experiment {scenario}</h3>
        {since !== undefined && (
          <time class="move-state" dateTime={since}>
            begun {ago(since, now.value)}
          </time>
        )}
      </div>
      <ul class="experiment">
        {containers.map(({ name, pool, status }) => (
          <li key={`${pool}/${name}`}>
            <button class="experiment-go" onClick={() => select({ pool, name })}>
              {name}
            </button>{' '}
            on {pool}: {status.toLowerCase()}
          </li>
        ))}
      </ul>
      <p class="move-small">
        {moves.length === 0
          ? 'Nothing was moved yet.'
          : `${count(moves.length, 'move')}${running > 0 ? `, ${running} of them now` : ''}; down for ${duration(downMs)} in all.`}
      </p>
    </article>
  );
}
