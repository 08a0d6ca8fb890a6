/**
 * The dialog before a move: the destination, the options, and the result of the check. Both hosts are checked as
 * soon as a destination is chosen; only the button starts the move.
 */
import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { parametersOf } from '../../client/browser.js';
import { bytes, count } from '../model/format.js';
import { tallyOf, type Pool } from '../state/fleet.js';
import { allPools } from '../state/live.js';
import { say } from '../state/toasts.js';
import { panel } from '../state/ui.js';
import type { ContainerRef, OperationParameters, WirePreflight } from '../model/api-types.js';
import { copa } from '../state/copa.js';
import { Check, Field, Form, textOf } from './form.js';
import { Icon } from './icons.js';

type Found =
  | { readonly kind: 'none' | 'asking' }
  | { readonly kind: 'answer'; readonly answer: WirePreflight }
  | { readonly kind: 'failure'; readonly why: string };

/** Other names on the destination, as the check proposed them. */
type Translation = NonNullable<WirePreflight['proposal']>;

/** Limit on listed pools; the search finds the others. */
const poolsShownMax = 60;

interface Props {
  readonly place: ContainerRef;
  readonly destination: string | undefined;
}

export function MoveDialog({ place, destination: given }: Props) {
  const destination = useSignal(given ?? '');
  // A destination on which the container was dropped is selected already.
  const isChoosing = useSignal(given === undefined);
  const live = useSignal(false);
  const translation = useSignal<Translation>({});
  const found = usePreflight(place, destination.value, live.value, translation.value);
  const isPossible = found.kind === 'answer' && found.answer.possible;
  return (
    <Form
      title={`Move ${place.name}`}
      action={isPossible ? `Move to ${destination.value}` : 'Move'}
      actionFirst={given !== undefined}
      obstacle={isPossible ? undefined : 'The check has to succeed first.'}
      onSubmit={async (data) => {
        const order = { ...parametersOf(place), destination_pool: destination.value };
        await copa.beginMigration({ ...order, ...optionsOf(data), ...translation.value });
        panel.value = 'moves';
      }}
    >
      <p class="route">
        <span class="route-end">{place.pool}</span>
        <Icon name="move" />
        {destination.value === '' ? (
          <span class="route-end is-open">choose a pool</span>
        ) : (
          <button
            type="button"
            class="route-end is-chosen"
            title="Choose another pool"
            onClick={() => (isChoosing.value = true)}
          >
            {destination.value}
          </button>
        )}
      </p>
      {isChoosing.value && (
        <Choice
          source={place.pool}
          chosen={destination.value}
          onChoose={(name) => {
            destination.value = name;
            translation.value = {};
          }}
        />
      )}
      <Findings
        found={found}
        destination={destination.value}
        translation={translation.value}
        onTranslate={(proposal) => (translation.value = proposal)}
      />
      <Options onLive={(isLive) => (live.value = isLive)} />
    </Form>
  );
}

/** Checks the move as soon as a destination is chosen; changes nothing. */
function usePreflight(
  place: ContainerRef,
  destination: string,
  live: boolean,
  translation: Translation,
): Found {
  const found = useSignal<Found>({ kind: 'none' });
  useEffect(() => {
    if (destination === '') return;
    const ended = new AbortController();
    found.value = { kind: 'asking' };
    const order = {
      ...parametersOf(place),
      destination_pool: destination,
      ...(live ? { live } : {}),
      ...translation,
    };
    copa.preflight(order, { signal: ended.signal }).then(
      (answer) => {
        found.value = { kind: 'answer', answer };
        say(
          answer.possible
            ? `${place.name} can be moved to ${destination}`
            : `${place.name} cannot be moved: ${count(answer.findings.length, 'obstacle')}`,
        );
      },
      (error: unknown) => {
        if (!ended.signal.aborted) found.value = { kind: 'failure', why: (error as Error).message };
      },
    );
    return () => ended.abort();
  }, [destination, live, translation]);
  return found.value;
}

function Options({ onLive }: { readonly onLive: (isLive: boolean) => void }) {
  return (
    <details class="options">
      <summary>Options</summary>
      <div class="field-pair">
        <Field name="stop_timeout" label="Seconds to shut down" type="number" min={1} max={3600} value="30" />
        <Field name="passes_max" label="Passes at most" type="number" min={0} max={20} value="5" />
      </div>
      <div class="field-pair">
        <Field
          name="bandwidth"
          label="MB/s at most"
          type="number"
          min={0}
          max={100_000}
          hint="Empty: no limit"
        />
        <Field name="keep_source_as" label="Keep the source as" hint="Empty: it is removed" />
      </div>
      <Field name="new_name" label="Name on the destination" hint="Empty: it keeps its own" />
      <Field
        name="check"
        label="Check after its start"
        hint="exec:COMMAND, http://:PORT/PATH or tcp://:PORT; empty: none"
      />
      <Check name="back" label="Go back when the check fails" hint="Otherwise the failure is only reported" />
      <Check
        name="force"
        label="Kill it when it does not shut down in time"
        hint="Otherwise the move is undone"
      />
      <Check name="compress" label="Compress" hint="For slow links; otherwise it takes longer" />
      <label class="check">
        <input type="checkbox" name="live" onChange={(event) => onLive(event.currentTarget.checked)} />
        <span>
          Move the running processes as well
          <small class="hint">With CRIU, where both hosts have it</small>
        </span>
      </label>
    </details>
  );
}

/** The possible destinations, those with the most free memory and the fewest containers first. */
function Choice(props: {
  readonly source: string;
  readonly chosen: string;
  readonly onChoose: (name: string) => void;
}) {
  const { source, chosen, onChoose } = props;
  const query = useSignal('');
  const fitting = useComputed(() =>
    allPools.value.filter(
      ({ name, ip }) =>
        name !== source && `${name} ${ip}`.toLowerCase().includes(query.value.trim().toLowerCase()),
    ),
  ).value;
  return (
    <fieldset class="choice">
      <legend class="visually-hidden">Destination</legend>
      {allPools.value.length > 9 && (
        <input
          type="search"
          class="choice-search"
          placeholder="Find a pool"
          aria-label="Find a pool"
          data-first
          onInput={(event) => (query.value = event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            const first = fitting.find(
              ({ state, scheduling }) => state !== 'down' && scheduling === 'active',
            );
            if (first) onChoose(first.name);
          }}
        />
      )}
      <div class="choice-list">
        {fitting.slice(0, poolsShownMax).map((pool, index) => (
          <Candidate
            key={pool.name}
            pool={pool}
            isChosen={pool.name === chosen}
            isFirst={index === 0 && allPools.value.length <= 9}
            onChoose={onChoose}
          />
        ))}
        {fitting.length === 0 && <p class="hint">There is no such pool.</p>}
        {fitting.length > poolsShownMax && (
          <p class="hint">And {fitting.length - poolsShownMax} more: type a part of the name.</p>
        )}
      </div>
    </fieldset>
  );
}

function Candidate(props: {
  readonly pool: Pool;
  readonly isChosen: boolean;
  readonly isFirst: boolean;
  readonly onChoose: (name: string) => void;
}) {
  const { pool, isChosen, isFirst, onChoose } = props;
  const why = pool.state === 'down' ? 'down' : pool.scheduling === 'active' ? undefined : pool.scheduling;
  return (
    <label class={`candidate ${isChosen ? 'is-chosen' : ''}`}>
      <input
        type="radio"
        name="destination"
        value={pool.name}
        checked={isChosen}
        disabled={why !== undefined}
        data-first={isFirst || undefined}
        onChange={() => onChoose(pool.name)}
      />
      <span class={`health health-${pool.state}`} aria-hidden="true" />
      <span>{pool.name}</span>
      <small>{why ?? `${tallyOf(pool).running} running`}</small>
    </label>
  );
}

function Findings(props: {
  readonly found: Found;
  readonly destination: string;
  readonly translation: Translation;
  readonly onTranslate: (proposal: Translation) => void;
}) {
  const { found, destination, translation, onTranslate } = props;
  const proposal = found.kind === 'answer' ? found.answer.proposal : null;
  return (
    <div class="findings" role="status">
      {found.kind === 'asking' && (
        <p class="finding is-asking">
          <span class="spinner" aria-hidden="true" />
          Checking both hosts…
        </p>
      )}
      {found.kind === 'failure' && (
        <p class="finding is-bad">
          <Icon name="warning" />
          {found.why}
        </p>
      )}
      {found.kind === 'answer' && !found.answer.possible && (
        <ul>
          {found.answer.findings.map(({ subject, message }) => (
            <li key={message} class="finding is-bad">
              <Icon name="warning" />
              <span>
                <strong>{subject}</strong> {message}
              </span>
            </li>
          ))}
        </ul>
      )}
      {proposal && (
        <p>
          <button type="button" class="button" onClick={() => onTranslate(proposal)}>
            Use {wordsOf(proposal)}
          </button>
        </p>
      )}
      {found.kind === 'answer' && found.answer.possible && (
        <div class="finding is-good">
          <Icon name="check" />
          <div>
            <strong>The move is possible.</strong> {expectation(found.answer, destination)}
            {Object.keys(translation).length > 0 && <p class="hint">With {wordsOf(translation)}.</p>}
          </div>
        </div>
      )}
    </div>
  );
}

function wordsOf({ destination_storage, destination_network, profiles }: Translation): string {
  const words = [
    destination_storage && `storage pool ${destination_storage}`,
    destination_network && `network ${destination_network}`,
    profiles && 'no profiles',
  ];
  return words.filter(Boolean).join(', ');
}

/** A sentence about what the move will do. */
function expectation({ container, via, precopy }: WirePreflight, destination: string): string {
  const { status, snapshots, used_bytes } = container;
  const what = [
    used_bytes === null ? '' : `about ${bytes(used_bytes)}`,
    snapshots.length > 0 ? count(snapshots.length, 'snapshot') : '',
  ].filter(Boolean);
  const much =
    what.length > 0
      ? `${capital(what.join(' and '))} will go to ${destination}`
      : `It will go to ${destination}`;
  const way = via === 'relay' ? ', relayed by the controller' : '';
  if (status !== 'Running' && status !== 'Frozen')
    return `${much}${way}. It does not run, so there is no downtime.`;
  return precopy
    ? `${much}${way} while it runs. Then it is shut down, the last changes are sent, and it is started there.`
    : `${much}${way}. It is stopped first, so it is down during the whole copy.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function optionsOf(data: FormData): Partial<OperationParameters<'Container', 'migrate'>> {
  const number = (name: string) => (textOf(data, name) === '' ? undefined : Number(textOf(data, name)));
  const stopTimeout = number('stop_timeout');
  const passesMax = number('passes_max');
  const megabytes = number('bandwidth');
  const keep = textOf(data, 'keep_source_as');
  const newName = textOf(data, 'new_name');
  const check = textOf(data, 'check');
  return {
    ...(stopTimeout === undefined ? {} : { stop_timeout: stopTimeout }),
    ...(passesMax === undefined ? {} : { passes_max: passesMax }),
    ...(megabytes === undefined ? {} : { bandwidth_limit: Math.round(megabytes * 1e6) }),
    ...(keep === '' ? {} : { keep_source_as: keep }),
    ...(newName === '' ? {} : { new_name: newName }),
    ...(check === '' ? {} : { check, on_check_failure: data.has('back') ? 'back' : 'stay' }),
    ...(data.has('force') ? { force: true } : {}),
    ...(data.has('compress') ? { compress: true } : {}),
    ...(data.has('live') ? { live: true } : {}),
  };
}
