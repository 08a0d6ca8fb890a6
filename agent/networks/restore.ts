/**
 * After a boot: what is in the kernel alone is made again from the state file, before the daemon starts. So the tunnel is a
 * port of the bridge when the daemon starts its containers. The daemon takes a bridge that exists, and gives it its
 * address and DHCP.
 */
import { messageOf } from '../../common/errors.js';
import type { NetworkFinding } from './desired.js';
import { encryptionFailed, Encryptor } from './encryption/encryptor.js';
import type { Keys } from './encryption/keys.js';
import { findingsOf } from './findings.js';
import { observeHost } from './observe.js';
import { guardRules, guardStep, restoreSteps, tableSteps, type ProgramStep } from './plan.js';
import type { RunProgram } from './programs.js';
import type { NetworkState } from './state-file.js';

/** Only networks that were made here before. Returns what it could not restore. */
export async function restoreNetworks(
  run: RunProgram,
  { networks, made }: NetworkState,
  keys: Keys,
): Promise<readonly NetworkFinding[]> {
  const ours = networks.filter((network) =>
    made.some(({ name, vni }) => name === network.name && vni === network.vni),
  );
  if (ours.length === 0) return [];
  const encryptor = new Encryptor(run, keys);
  const actual = await observeHost(run, Promise.resolve({ kind: undefined, networks: [] }), {
    vnis: ours.map(({ vni }) => vni),
    ...encryptor.scopeOf(ours),
  });
  const checked = ours.map((network) => ({ network, ...findingsOf(network, made, actual) }));
  const possible = checked.filter(({ blocks }) => !blocks).map(({ network }) => network);
  const findings = checked.filter(({ blocks }) => blocks).flatMap((each) => each.findings);
  // Before the first tunnel is there.
  const guard = guardStep(guardRules(possible));
  if (possible.length > 0) await run(guard.program, guard.args, guard.input);
  try {
    const execute = async ({ program, args, input }: ProgramStep): Promise<void> => {
      await run(program, args, input);
    };
    await encryptor.keep(networks, possible, actual, execute);
  } catch (error) {
    findings.push(...encryptionFailed(possible, error));
  }
  for (const network of possible) {
    try {
      for (const { program, args, input } of [
        ...restoreSteps(network, actual),
        ...tableSteps(network, actual),
      ])
        await run(program, args, input);
    } catch (error) {
      findings.push({ network: network.name, message: messageOf(error) });
    }
  }
  return findings;
}
