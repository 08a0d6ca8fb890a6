/** The policies, read when they are shown, and again when one of them has decided. */
import { signal } from '@preact/signals';
import { messageOf } from '../../common/errors.js';
import type { WirePolicy } from '../model/api-types.js';
import { copa } from './copa.js';
import { onEvent } from './live.js';

/** Undefined before they were read; a text is the reason why they cannot be. */
export const policies = signal<readonly WirePolicy[] | string | undefined>(undefined);

async function read(): Promise<void> {
  try {
    policies.value = (await copa.policies()).policies;
  } catch (error) {
    policies.value = messageOf(error);
  }
}

/** Keeps them current until the returned function is called. */
export function watchPolicies(): () => void {
  void read();
  return onEvent(({ type }) => {
    if (type === 'policy.decided') void read();
  });
}
