/** The open dialog, if any. Large, rarely used ones are loaded when they open. */
import { containerNamePattern } from '../model/names.js';
import { useSignal } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { useEffect } from 'preact/hooks';
import type { ContainerRef } from '../model/api-types.js';
import { copa } from '../state/copa.js';
import { signIn, tokenRequest } from '../state/session.js';
import { act } from '../state/actions.js';
import { statusKind } from '../state/fleet.js';
import type { Subject } from '../state/history.js';
import { poolSignal } from '../state/live.js';
import { dialog, select, selected } from '../state/ui.js';
import { toast } from '../state/toasts.js';
import { Console } from './console.js';
import { CreateDialog } from './create-dialog.js';
import { Field, Form, textOf } from './form.js';
import { shortcuts } from './keys.js';
import { Modal } from './modal.js';
import { MoveDialog } from './move-dialog.js';

export function DialogHost() {
  if (tokenRequest.value !== undefined) return <TokenDialog why={tokenRequest.value} />;
  const open = dialog.value;
  if (!open) return null;
  switch (open.kind) {
    case 'move':
      return <MoveDialog place={open.place} destination={open.destination} />;
    case 'create':
      return <CreateDialog pool={open.pool} />;
    case 'delete':
      return <DeleteDialog place={open.place} />;
    case 'shell':
      return <Shell place={open.place} />;
    case 'links':
      return <Measurements subject={undefined} />;
    case 'history':
      return <Measurements subject={open.subject} />;
    case 'console':
      return <Console place={open.place} />;
    case 'snapshot':
    case 'copy':
    case 'rename':
      return <NameDialog place={open.place} {...nameDialogs[open.kind](open.place)} />;
    case 'limits':
      return <LimitsDialog place={open.place} />;
    case 'restore':
      return <RestoreDialog place={open.place} snapshot={open.snapshot} />;
    case 'delete-snapshot':
      return <DeleteSnapshotDialog place={open.place} snapshot={open.snapshot} />;
    case 'add-pool':
      return <AddPoolDialog />;
    case 'remove-pool':
      return <RemovePoolDialog pool={open.pool} />;
    case 'evacuate':
      return <Evacuate pool={open.pool} />;
    case 'evacuation':
      return <Evacuation pool={open.pool} />;
    case 'return':
      return <Return pool={open.pool} />;
    case 'shortcuts':
      return <Shortcuts />;
  }
}

interface SnapshotProps {
  readonly place: ContainerRef;
  readonly snapshot: string;
}

function RestoreDialog({ place, snapshot }: SnapshotProps) {
  return (
    <Form
      title={`Restore ${place.name} to ${snapshot}?`}
      action={`Restore ${place.name}`}
      danger
      leaves
      onSubmit={() => act('restore', place, { snapshot_name: snapshot })}
    >
      <p>
        Everything that changed in <strong>{place.name}</strong> on {place.pool} since the snapshot is lost.
      </p>
    </Form>
  );
}

function DeleteSnapshotDialog({ place, snapshot }: SnapshotProps) {
  return (
    <Form
      title={`Delete snapshot ${snapshot}?`}
      action="Delete snapshot"
      danger
      leaves
      onSubmit={() => act('delete_snapshot', place, { snapshot_name: snapshot })}
    >
      <p>
        The snapshot <strong>{snapshot}</strong> of {place.name} on {place.pool} is deleted. The container
        does not change.
      </p>
    </Form>
  );
}

interface PoolProps {
  readonly pool: string;
}

function RemovePoolDialog({ pool }: PoolProps) {
  return (
    <Form
      title={`Remove pool ${pool}?`}
      action={`Remove ${pool}`}
      danger
      onSubmit={() => copa.pool('remove', { container_pool: pool })}
    >
      <p>
        COPA removes <strong>{pool}</strong> from its list. The host and its containers do not change, and the
        pool can be added again.
      </p>
    </Form>
  );
}

function DeleteDialog({ place }: { readonly place: ContainerRef }) {
  const container = poolSignal(place.pool)?.value.containers.find(({ name }) => name === place.name);
  const isStopped = container === undefined || statusKind(container.status) === 'stopped';
  const snapshots = container?.snapshots ?? 0;
  return (
    <Form
      title={`Delete ${place.name}?`}
      action={isStopped ? `Delete ${place.name}` : `Stop and delete ${place.name}`}
      danger
      leaves
      onSubmit={async () => {
        if (!isStopped && !(await act('stop', place, {}))) return;
        await act('delete', place, {});
      }}
    >
      <p>
        The container <strong>{place.name}</strong> on <strong>{place.pool}</strong> and everything in it will
        be deleted
        {snapshots > 0 && <>, with {snapshots === 1 ? 'its snapshot' : `its ${snapshots} snapshots`}</>}. This
        cannot be undone.
      </p>
    </Form>
  );
}

async function rename(place: ContainerRef, new_name: string): Promise<void> {
  const wasSelected = selected.value?.pool === place.pool && selected.value.name === place.name;
  if ((await act('rename', place, { new_name })) && wasSelected) select({ pool: place.pool, name: new_name });
}

interface NameProps {
  readonly title: string;
  readonly action: string;
  readonly label: string;
  readonly value: string;
  readonly pattern: string;
  readonly onName: (name: string) => Promise<unknown>;
}

/** The dialogs that need only a name. */
const nameDialogs = {
  snapshot: (place: ContainerRef): NameProps => ({
    title: `Take a snapshot of ${place.name}`,
    action: 'Take snapshot',
    label: 'Name of the snapshot',
    value: snapshotName(new Date()),
    pattern: '[^\\s\\/]{1,63}',
    onName: (snapshot_name) => act('snapshot', place, { snapshot_name }),
  }),
  copy: (place: ContainerRef): NameProps => ({
    title: `Copy ${place.name}`,
    action: 'Copy',
    label: 'Name of the copy',
    value: `${place.name}-copy`,
    pattern: containerNamePattern,
    onName: (new_name) => act('copy', place, { new_name }),
  }),
  rename: (place: ContainerRef): NameProps => ({
    title: `Rename ${place.name}`,
    action: 'Rename',
    label: 'New name',
    value: place.name,
    pattern: containerNamePattern,
    onName: (new_name) => rename(place, new_name),
  }),
};

function NameDialog({ place, ...props }: NameProps & { readonly place: ContainerRef }) {
  const { title, action, label, value, pattern, onName } = props;
  return (
    <Form title={title} action={action} leaves onSubmit={(data) => onName(textOf(data, 'name'))}>
      <Field
        name="name"
        label={label}
        value={value}
        pattern={pattern}
        required
        first
        hint={`on ${place.pool}`}
      />
    </Form>
  );
}

function LimitsDialog({ place }: { readonly place: ContainerRef }) {
  const container = poolSignal(place.pool)?.value.containers.find(({ name }) => name === place.name);
  return (
    <Form
      title={`Limits of ${place.name}`}
      action="Set limits"
      leaves
      onSubmit={(data) => act('limits', place, { cpu: textOf(data, 'cpu'), memory: textOf(data, 'memory') })}
    >
      <Field
        name="cpu"
        label="Processors"
        value={container?.cpu_limit ?? ''}
        first
        hint="A number; empty: all"
      />
      <Field
        name="memory"
        label="Memory"
        value={container?.memory_limit ?? ''}
        hint="For example 512MiB or 2GiB; empty: no limit"
      />
    </Form>
  );
}

function AddPoolDialog() {
  return (
    <Form
      title="Add a pool"
      action="Add pool"
      onSubmit={(data) => copa.pool('add', { container_pool: textOf(data, 'name'), ip: textOf(data, 'ip') })}
    >
      <p>A pool is a host that runs containers. Its agent need not run yet.</p>
      <Field name="name" label="Name" required first hint="The name in the agent's certificate" />
      <Field name="ip" label="Address" required hint="For example 192.168.122.15, optionally with a port" />
    </Form>
  );
}

function TokenDialog({ why }: { readonly why: string }) {
  return (
    <Modal title="This controller needs a token" onClose={() => undefined} insists>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          signIn(textOf(new FormData(event.currentTarget), 'token'));
        }}
      >
        <p class="form-error">The controller answered: {why}.</p>
        <Field
          name="token"
          label="Token"
          type="password"
          required
          first
          hint="Kept in this tab until it closes. Create one with: copa token create"
        />
        <div class="form-end">
          <button class="button primary">Go on</button>
        </div>
      </form>
    </Modal>
  );
}

function Shortcuts() {
  return (
    <Modal title="Keyboard" onClose={() => (dialog.value = undefined)}>
      <dl class="shortcuts">
        {shortcuts.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}

/** The terminal is larger than the rest of the page. */
function Shell({ place }: { readonly place: ContainerRef }) {
  const Loaded = useLoaded('The terminal', async () => (await import('./shell.js')).ShellDialog);
  return Loaded ? <Loaded place={place} /> : null;
}

/** With the program that draws charts. */
function Measurements({ subject }: { readonly subject: Subject | undefined }) {
  const Loaded = useLoaded('The history', async () => (await import('./measurements.js')).MeasurementsDialog);
  return Loaded ? <Loaded subject={subject} /> : null;
}

function Evacuate({ pool }: PoolProps) {
  const Loaded = useLoaded('The plan', async () => (await import('./evacuate-dialog.js')).EvacuateDialog);
  return Loaded ? <Loaded pool={pool} /> : null;
}

function Evacuation({ pool }: PoolProps) {
  const load = async () => (await import('./evacuation-dialog.js')).EvacuationDialog;
  const Loaded = useLoaded('The evacuation', load);
  return Loaded ? <Loaded pool={pool} /> : null;
}

function Return({ pool }: PoolProps) {
  const load = async () => (await import('./evacuation-dialog.js')).ReturnDialog;
  const Loaded = useLoaded('The dialog', load);
  return Loaded ? <Loaded pool={pool} /> : null;
}

/** Undefined until it is loaded. */
function useLoaded<Props>(
  what: string,
  load: () => Promise<FunctionComponent<Props>>,
): FunctionComponent<Props> | undefined {
  const loaded = useSignal<FunctionComponent<Props> | undefined>(undefined);
  useEffect(() => {
    load().then(
      (component) => (loaded.value = component),
      () => {
        toast('bad', `${what} could not be loaded from the controller.`);
        dialog.value = undefined;
      },
    );
  }, []);
  return loaded.value;
}

function snapshotName(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}-${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;
}
