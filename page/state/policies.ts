/** The policies and what switches them: read while they are shown, and again when one of them has decided. */
import { signal } from '@preact/signals';
import { messageOf } from '../../common/errors.js';
import type { WireDelegation, WirePolicy, WirePolicyDetails } from '../model/api-types.js';
import { copa } from './copa.js';
import { onEvent } from './live.js';
import { toast } from './toasts.js';

/** Other people's changes have no event, and nobody should read "manual" for long when it is not. */
const readEveryMs = 5_000;

export interface Shown {
  readonly policies: readonly WirePolicy[];
  readonly delegation: WireDelegation;
}

/** Undefined before they were read; a text is the reason why they cannot be. */
export const shownPolicies = signal<Shown | string | undefined>(undefined);

async function read(): Promise<void> {
  try {
    const [{ policies }, { configuration }] = await Promise.all([
      copa.policies(),
      copa.network('configuration', {}),
    ]);
    const [delegation = { name: 'default', delegation_mode: 'm', auto_delegation_type: '' }] = configuration;
    shownPolicies.value = { policies, delegation };
  } catch (error) {
    shownPolicies.value = messageOf(error);
  }
}

/** Keeps them current until the returned function is called. */
export function watchPolicies(): () => void {
  void read();
  const timer = setInterval(() => {
    if (!document.hidden) void read();
  }, readEveryMs);
  const stop = onEvent(({ type }) => {
    if (type === 'policy.decided') void read();
  });
  return () => {
    clearInterval(timer);
    stop();
  };
}

/** A failure is shown, and then what holds. */
async function change(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    toast('bad', messageOf(error));
  }
  await read();
}

/** Switches the policies that are built in. */
export function switchDelegation(
  values: Partial<Pick<WireDelegation, 'delegation_mode' | 'auto_delegation_type'>>,
): Promise<void> {
  return change(
    copa.postNetwork('configuration', values as Parameters<typeof copa.postNetwork<'configuration'>>[1]),
  );
}

export function pausePolicy(name: string, isPaused: boolean): Promise<void> {
  return change(copa.policy(isPaused ? 'pause' : 'resume', { name }));
}

/** With its decisions, and what it would decide now. A text is the reason why it cannot be read. */
export async function explainPolicy(name: string): Promise<WirePolicyDetails | string> {
  try {
    return await copa.readPolicy(name);
  } catch (error) {
    return messageOf(error);
  }
}
