/** Limits what a host sends, by `tc` on that host. A host that cannot is refused before anything is set up. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CopaError, isCopaError, messageOf } from '../../common/errors.js';
import type { Scenario } from './document.js';

/** Runs a command on this machine, and returns what it printed. Throws `failed_precondition` with the reason. */
export type Run = (words: readonly string[]) => Promise<string>;

const commandMsMax = 30_000;
/** Set and removed at once to find out whether `tc` can do it. No host sends as much. */
const trialMbit = 10_000;

export interface Limited {
  readonly role: string;
  /** Begins a command on that host. */
  readonly shell: readonly string[];
  readonly device: string;
}

export const runHere: Run = async ([file = '', ...words]) => {
  try {
    return (await promisify(execFile)(file, words, { timeout: commandMsMax })).stdout;
  } catch (cause) {
    throw new CopaError('failed_precondition', messageOf(cause).trim().slice(0, 500), { cause });
  }
};

/** The hosts that a scenario limits. */
export function limitedBy({ hosts, timeline }: Pick<Scenario, 'hosts' | 'timeline'>): Limited[] {
  const roles = new Set(timeline.flatMap(({ limit }) => limit?.host ?? []));
  return [...roles].flatMap((role) => limitedHost(hosts, role) ?? []);
}

/** Undefined for a role without a shell, which the text of a scenario cannot limit. */
export function limitedHost(hosts: Scenario['hosts'], role: string): Limited | undefined {
  const choice = hosts[role];
  const { shell, device } = choice && 'shell' in choice ? choice : {};
  return shell && device !== undefined ? { role, shell, device } : undefined;
}

/**
 * Sets a limit that is felt by nothing, and removes it. `beforeSet` is called before anything changes. Throws
 * `failed_precondition` when the host cannot be limited, and when it has a limit already, which is somebody else's.
 */
export async function checkLimit(limited: Limited, beforeSet: () => void, run: Run = runHere): Promise<void> {
  const { role, shell, device } = limited;
  try {
    const shown = await run([...shell, 'tc', 'qdisc', 'show', 'dev', device, 'root']);
    // The kernel's own queues have the handle 0.
    const [, kind, handle] = /^qdisc (\S+) (\S+) root/m.exec(shown) ?? [];
    if (handle !== undefined && handle !== '0:') {
      throw new CopaError(
        'failed_precondition',
        `it has a queue of somebody else (${kind ?? ''} ${handle}), which the limit would replace; if a run was killed, use copa scenario clean`,
      );
    }
    beforeSet();
    await run(limitCommand(limited, trialMbit));
    await run(limitCommand(limited, null));
  } catch (error) {
    if (!isCopaError(error)) throw error;
    throw new CopaError(error.code, `the role ${role} cannot be limited at ${device}: ${error.message}`, {
      cause: error,
    });
  }
}

/** The command for this machine that limits what a host sends; null ends the limit. */
export function limitCommand({ shell, device }: Limited, mbit: number | null): string[] {
  const base = ['tc', 'qdisc', mbit === null ? 'del' : 'replace', 'dev', device, 'root'];
  // The burst has to hold one packet before segmentation, 64 KiB.
  const limit = mbit === null ? [] : ['tbf', 'rate', `${mbit}mbit`, 'burst', '128kb', 'latency', '100ms'];
  return [...shell, ...base, ...limit];
}
