/** How long ago other hosts have answered with their keys. */
import { insideDeviceOf } from '../../../common/net/encryption.js';
import type { Encryption } from '../desired.js';
import type { RunProgram } from '../programs.js';

/** By the address of the other host; without those that never have. Empty while the tunnel is not there. */
export async function handshakeAges(
  run: RunProgram,
  { epoch, peers }: Encryption,
  nowMs: number,
): Promise<ReadonlyMap<string, number>> {
  let text: string;
  try {
    text = await run('wg', ['show', insideDeviceOf(epoch), 'latest-handshakes']);
  } catch {
    return new Map();
  }
  const hosts = new Map(peers.map(({ publicKey, underlay }) => [publicKey, underlay]));
  return new Map(
    text.split('\n').flatMap((line) => {
      const [key = '', at = '0'] = line.split('\t');
      const host = hosts.get(key);
      if (host === undefined || at === '0') return [];
      return [[host, Math.max(0, nowMs / 1000 - Number(at))] as const];
    }),
  );
}
