/** Executes the steps of plans: by the daemon, or by a program of the host. */
import { changeNetwork, createBridge, deleteNetwork } from '../lxd/networks.js';
import type { Host } from './observe.js';
import type { Step } from './plan.js';

export async function runStep({ lxd, run }: Host, step: Step): Promise<void> {
  switch (step.do) {
    case 'create network':
      return createBridge(lxd, step.name, step.config);
    case 'change network':
      return changeNetwork(lxd, step.name, step.config);
    case 'delete network':
      return deleteNetwork(lxd, step.name);
    case 'run':
      await run(step.program, step.args, step.input);
  }
}
