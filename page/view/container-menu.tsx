/** The operations on a container in its present state. */
import type { ContainerRef } from '../model/api-types.js';
import { act, type Verb } from '../state/actions.js';
import { statusKind } from '../state/fleet.js';
import { moving, poolSignal } from '../state/live.js';
import { placeKey } from '../state/phases.js';
import { dialog, type Dialog } from '../state/ui.js';
import { openMenu, type MenuItem } from './menu.js';

export interface Possible {
  readonly verb: Verb;
  readonly label: string;
  readonly icon: 'start' | 'stop' | 'restart' | 'freeze';
}

/** The possible changes of state. */
export function possibleVerbs(status: string): readonly Possible[] {
  switch (statusKind(status)) {
    case 'running':
      return [
        { verb: 'stop', label: 'Stop', icon: 'stop' },
        { verb: 'restart', label: 'Restart', icon: 'restart' },
        { verb: 'freeze', label: 'Freeze', icon: 'freeze' },
      ];
    case 'frozen':
      return [
        { verb: 'unfreeze', label: 'Unfreeze', icon: 'start' },
        { verb: 'stop', label: 'Stop', icon: 'stop' },
      ];
    case 'stopped':
      return [{ verb: 'start', label: 'Start', icon: 'start' }];
    case 'other':
      return [
        { verb: 'start', label: 'Start', icon: 'start' },
        { verb: 'stop', label: 'Stop', icon: 'stop' },
      ];
  }
}

export function openContainerMenu(opener: HTMLElement, place: ContainerRef): void {
  const pool = poolSignal(place.pool)?.value;
  const container = pool?.containers.find(({ name }) => name === place.name);
  if (!pool || !container) return;
  const isRunning = statusKind(container.status) === 'running';
  const isStopped = statusKind(container.status) === 'stopped';
  const held = moving.value.has(placeKey(place.pool, place.name))
    ? 'it is being moved'
    : pool.state === 'down'
      ? 'its pool is down'
      : undefined;
  const ask = (wanted: Dialog) => () => (dialog.value = wanted);
  const items: MenuItem[] = [
    { label: 'Move…', icon: 'move', hint: 'M', disabled: held, onChoose: ask({ kind: 'move', place }) },
    ...possibleVerbs(container.status).map(({ verb, label, icon }): MenuItem => ({
      label,
      icon,
      disabled: held,
      onChoose: () => void act(verb, place, {}),
    })),
    {
      label: 'Shell',
      icon: 'shell',
      hint: 'T',
      disabled: held ?? (isRunning ? undefined : 'it does not run'),
      onChoose: ask({ kind: 'shell', place }),
    },
    { label: 'Console log', icon: 'log', onChoose: ask({ kind: 'console', place }) },
    { label: 'Snapshot…', icon: 'snapshot', disabled: held, onChoose: ask({ kind: 'snapshot', place }) },
    { label: 'Limits…', icon: 'limits', disabled: held, onChoose: ask({ kind: 'limits', place }) },
    { label: 'Copy…', icon: 'copy', disabled: held, onChoose: ask({ kind: 'copy', place }) },
    {
      label: 'Rename…',
      icon: 'rename',
      disabled: held ?? (isStopped ? undefined : 'only a stopped one can be renamed'),
      onChoose: ask({ kind: 'rename', place }),
    },
    {
      label: 'Delete…',
      icon: 'remove',
      danger: true,
      disabled: held,
      onChoose: ask({ kind: 'delete', place }),
    },
  ];
  openMenu(opener, `Actions for ${place.name}`, items);
}
