/** A new container: its pool, its image, its limits, and whether it starts at once. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { WireNetwork } from '../model/api-types.js';
import { copa } from '../state/copa.js';
import { allPools } from '../state/live.js';
import { groupTargets, targetText } from '../state/scheduling.js';
import { say, toast } from '../state/toasts.js';
import { containerNamePattern } from '../model/names.js';
import { Field, Form, textOf } from './form.js';
import { Placement } from './placement.js';

export function CreateDialog({ pool: given }: { readonly pool: string | undefined }) {
  const pools = allPools.value.filter(({ state }) => state === 'up');
  const pool = useSignal(given ?? pools[0]?.name ?? '');
  const memoryText = useSignal('');
  const create = async (data: FormData) => {
    const place = { pool: pool.value, name: textOf(data, 'name') };
    const cpu = textOf(data, 'cpu');
    const memory = textOf(data, 'memory');
    const network = textOf(data, 'network');
    say(`Creating ${place.name} on ${targetText(place.pool)}`);
    const reply = await copa.operate('create', place, {
      image_type: textOf(data, 'image'),
      ...(cpu && { cpu }),
      ...(memory && { memory }),
      ...(network && { network }),
    });
    // The reply names the pool if that was left open.
    const created = { ...place, pool: reply.container_pool ?? place.pool };
    toast('good', `${created.name} was created on ${created.pool}`);
    if (data.get('start') === null) return;
    // The container exists, so the dialog has nothing to retry.
    void copa.operate('start', created, {}).catch((error: unknown) => toast('bad', (error as Error).message));
  };

  return (
    <Form
      title="New container"
      action="Create"
      obstacle={pools.length === 0 ? 'No pool is up.' : undefined}
      onSubmit={create}
    >
      <Field
        name="name"
        label="Name"
        pattern={containerNamePattern}
        required
        first
        hint="Letters, digits and hyphens; starts with a letter"
      />
      <label class="field">
        <span>Pool</span>
        <select name="pool" value={pool.value} onChange={(event) => (pool.value = event.currentTarget.value)}>
          {[...groupTargets(pools), ...pools.map(({ name }) => name)].map((each) => (
            <option key={each} value={each}>
              {targetText(each)}
            </option>
          ))}
        </select>
      </label>
      {pool.value !== '' && <Placement target={pool.value} memory={memoryText.value} />}
      <ImageField pool={pool.value} />
      <NetworkField pool={pool.value} />
      <div class="field-pair">
        <Field name="cpu" label="Processors" hint="Empty: all" />
        <Field
          name="memory"
          label="Memory"
          hint="For example 512MiB; empty: no limit"
          onText={(text) => (memoryText.value = text)}
        />
      </div>
      <label class="check">
        <input type="checkbox" name="start" defaultChecked />
        <span>Start it</span>
      </label>
    </Form>
  );
}

/** Only where there is a choice. */
function NetworkField({ pool }: { readonly pool: string }) {
  const networks = useSignal<readonly WireNetwork[]>([]);
  useEffect(() => {
    // Without them, a container is created as ever.
    copa.networks().then(
      (reply) => (networks.value = reply.networks),
      () => undefined,
    );
  }, []);
  const possible = networks.value.filter(
    ({ state, hosts }) =>
      state === 'active' && (pool.startsWith('@') || hosts.some((host) => host.pool === pool)),
  );
  if (possible.length === 0) return null;
  return (
    <label class="field">
      <span>Network</span>
      <select name="network">
        <option value="">the pool's own</option>
        {possible.map(({ name, subnet }) => (
          <option key={name} value={name}>
            {name}, {subnet}
          </option>
        ))}
      </select>
      <small class="hint">On a network over several hosts it keeps its address when it moves</small>
    </label>
  );
}

function ImageField({ pool }: { readonly pool: string }) {
  const images = useSignal<readonly string[] | string | undefined>(undefined);
  useEffect(() => {
    images.value = undefined;
    if (pool === '') return;
    const ended = new AbortController();
    // Whatever pool is chosen, it gets the image from one that has it.
    const query = pool.startsWith('@') ? {} : { image_pool: pool };
    copa.images(query, { signal: ended.signal }).then(
      (reply) => (images.value = Object.keys(reply.images).sort()),
      (error: unknown) => {
        if (!ended.signal.aborted) images.value = (error as Error).message;
      },
    );
    return () => ended.abort();
  }, [pool]);
  const list = images.value;
  const hint =
    list === undefined
      ? 'Loading the images…'
      : typeof list === 'string'
        ? list
        : `${list.length === 0 ? 'There are no images' : 'Images'} on ${pool.startsWith('@') ? 'all pools' : pool}`;
  return (
    <label class="field">
      <span>Image</span>
      <select name="image" required disabled={typeof list !== 'object' || list.length === 0}>
        {typeof list === 'object' && list.map((name) => <option key={name}>{name}</option>)}
      </select>
      <small class="hint" role="status">
        {hint}
      </small>
    </label>
  );
}
