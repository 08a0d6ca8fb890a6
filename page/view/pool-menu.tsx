/** The menu of a pool: what can be done with it in its state. */
import { schedule } from '../state/actions.js';
import { evacuations } from '../state/evacuations.js';
import type { Pool } from '../state/fleet.js';
import { poolActions, type PoolAction } from '../state/scheduling.js';
import { dialog } from '../state/ui.js';
import { openMenu, type MenuItem } from './menu.js';

const schedulingItems: Readonly<Record<PoolAction, (pool: string) => MenuItem>> = {
  cordon: (pool) => ({
    label: 'Cordon: take no new containers',
    icon: 'stop',
    onChoose: () => void schedule(pool, 'cordon'),
  }),
  uncordon: (pool) => ({
    label: 'Uncordon: take new containers',
    icon: 'start',
    onChoose: () => void schedule(pool, 'uncordon'),
  }),
  evacuate: (pool) => ({
    label: 'Evacuate…',
    icon: 'moves',
    onChoose: () => (dialog.value = { kind: 'evacuate', pool }),
  }),
  follow: (pool) => ({
    label: 'Evacuation',
    icon: 'log',
    onChoose: () => (dialog.value = { kind: 'evacuation', pool }),
  }),
  return: (pool) => ({
    label: 'Restore: bring containers back…',
    icon: 'restart',
    onChoose: () => (dialog.value = { kind: 'return', pool }),
  }),
};

export function openPoolMenu(opener: HTMLElement, { name, scheduling }: Pool): void {
  openMenu(opener, `Actions for pool ${name}`, [
    {
      label: 'New container…',
      icon: 'add',
      onChoose: () => (dialog.value = { kind: 'create', pool: name }),
    },
    {
      label: 'History',
      icon: 'events',
      onChoose: () => (dialog.value = { kind: 'history', subject: { pool: name } }),
    },
    ...poolActions(scheduling, evacuations.value.get(name)).map((action) => schedulingItems[action](name)),
    {
      label: 'Remove pool…',
      icon: 'remove',
      danger: true,
      onChoose: () => (dialog.value = { kind: 'remove-pool', pool: name }),
    },
  ]);
}
