/** Reads what the host has of WireGuard. It changes nothing that stays. */
import { insideDevices, insidePrefix } from '../../../common/net/encryption.js';
import { messageOf } from '../../../common/errors.js';
import type { RunProgram } from '../programs.js';

/** The ways in which a host can have WireGuard. */
export type Way = 'kernel' | 'program';

export interface InsidePeer {
  readonly endpoint: string;
  readonly addresses: string;
  /** When it was last known to have the key; 0: never. */
  readonly handshakeSeconds: number;
}

export interface InsideDevice {
  readonly publicKey: string;
  readonly port: number;
  /** By public key. */
  readonly peers: ReadonlyMap<string, InsidePeer>;
  /** Of its own. */
  readonly addresses: readonly string[];
}

export interface Inside {
  /** By name; those that exist and are of WireGuard. */
  readonly devices: ReadonlyMap<string, InsideDevice>;
  /** Where packets to other hosts' inner addresses go, without the ones of this host. */
  readonly routes: readonly { readonly subnet: string; readonly device: string }[];
  /** UDP ports on which something listens. */
  readonly takenPorts: ReadonlySet<number>;
  /** How this host can have WireGuard, or why not. */
  readonly way: Way | { readonly problem: string };
}

interface AddressJson {
  readonly addr_info?: readonly { readonly local?: string }[];
}

/** `links`: the interfaces that the host has. `way` as `wayOf`. */
export async function observeInside(
  run: RunProgram,
  links: { has(name: string): boolean },
  way: () => Promise<Way>,
): Promise<Inside> {
  const [routes, listeners, possible] = await Promise.all([
    run('ip', ['-json', '-6', 'route', 'show', 'root', insidePrefix]),
    run('ss', ['-Huln']),
    way().catch((error: unknown) => ({ problem: messageOf(error) })),
  ]);
  const found = await Promise.all(
    insideDevices
      .filter((name) => links.has(name))
      .map(async (name) => {
        const [dump, addresses] = await Promise.all([
          run('wg', ['show', name, 'dump']).catch(() => undefined),
          run('ip', ['-json', '-6', 'addr', 'show', 'dev', name]),
        ]);
        if (dump === undefined) return [];
        const items = JSON.parse(addresses || '[]') as readonly AddressJson[];
        const own = items.flatMap(({ addr_info = [] }) => addr_info.flatMap(({ local }) => local ?? []));
        return [[name, { ...deviceOf(dump), addresses: own }] as const];
      }),
  );
  const listed = JSON.parse(routes || '[]') as readonly { dst?: string; dev?: string; protocol?: string }[];
  return {
    devices: new Map(found.flat()),
    routes: listed
      // The kernel's own routes are those to the addresses of interfaces.
      .filter(({ dst, protocol }) => dst !== undefined && protocol !== 'kernel')
      .map(({ dst = '', dev = '' }) => ({ subnet: dst, device: dev })),
    takenPorts: new Set(listeners.split('\n').map((line) => Number(/:(\d+)\s/.exec(line)?.[1] ?? 0))),
    way: possible,
  };
}

/** The first line is about the device: its private key, which is left out here, its public one, and its port. */
function deviceOf(dump: string): Omit<InsideDevice, 'addresses'> {
  const [own = '', ...peers] = dump.trimEnd().split('\n');
  const [, publicKey = '', port = ''] = own.split('\t');
  return {
    publicKey,
    port: Number(port),
    peers: new Map(
      peers.map((line) => {
        const [key = '', , endpoint = '', addresses = '', handshake = '0'] = line.split('\t');
        return [key, { endpoint, addresses, handshakeSeconds: Number(handshake) }];
      }),
    ),
  };
}

/** A name that is there for a moment only. */
const probe = 'cwgprobe';

/**
 * How this host can have WireGuard. The kernel is asked by making an interface, and taking it away again: it loads the
 * module by itself, and there is no other sure way to know. Throws `failed_precondition` where neither works.
 */
export async function wayOf(run: RunProgram): Promise<Way> {
  await run('wg', ['--version']);
  const kernel = await tried(() => run('ip', ['link', 'add', probe, 'type', 'wireguard']));
  if (kernel === undefined) {
    await run('ip', ['link', 'del', probe]);
    return 'kernel';
  }
  // What is not allowed says nothing about the kernel.
  if (/CAP_NET_ADMIN/.test(messageOf(kernel))) throw kernel;
  await run('wireguard-go', ['--version']);
  return 'program';
}

async function tried(work: () => Promise<unknown>): Promise<Error | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
