/**
 * Which steps lead to the encrypted tunnels that a host is to have. Pure functions: a host that is right gets no step. The
 * way of packets changes at last, so they find the new tunnel ready, and the other hosts accept both.
 */
import {
  insideAddressOf,
  insideDeviceOf,
  insideDevices,
  insidePortOf,
  insidePrefix,
  sealBytes,
} from '../../../common/net/encryption.js';
import type { Actual } from '../actual.js';
import type { Encryption, HostNetwork } from '../desired.js';
import { underlayMtu } from '../underlay.js';
import { linkAlias, type ProgramStep } from '../plan.js';
import type { OwnKey } from './keys.js';
import type { InsideDevice, Way } from './observe.js';

/** What all encrypted networks of a host need together; undefined without any. */
export function encryptionOf(networks: readonly HostNetwork[]): Encryption | undefined {
  const all = networks.flatMap(({ encryption }) => encryption ?? []);
  const [first] = all;
  if (!first) return undefined;
  const peers = new Map(all.flatMap((each) => each.peers).map((peer) => [peer.publicKey, peer]));
  return { ...first, peers: [...peers.values()] };
}

/** In these this host has a key. */
export function epochsOf({ epoch, otherEpoch }: Encryption): readonly number[] {
  return otherEpoch === 0 ? [epoch] : [epoch, otherEpoch];
}

interface Given {
  readonly encryption: Encryption;
  readonly keys: readonly OwnKey[];
  readonly way: Way;
}

export function insideSteps({ encryption, keys, way }: Given, actual: Actual): readonly ProgramStep[] {
  const underlay = underlayMtu(encryption.underlay, actual);
  const mtu = (underlay ?? 0) - sealBytes;
  return [
    ...keys.flatMap((key) => deviceSteps({ encryption, key, way, mtu }, actual)),
    ...routeSteps(encryption, actual),
    ...removalOf(
      insideDevices.filter((name) => !keys.some(({ epoch }) => insideDeviceOf(epoch) === name)),
      actual,
    ),
  ];
}

/** Takes away what was made here, and only while it has our mark. The routes and addresses go with the interfaces. */
export function insideRemovalSteps(actual: Pick<Actual, 'links'>): readonly ProgramStep[] {
  return removalOf(insideDevices, actual);
}

function removalOf(names: readonly string[], { links }: Pick<Actual, 'links'>): readonly ProgramStep[] {
  return names
    .filter((name) => links.get(name)?.alias === linkAlias)
    .map((name) => step('ip', ['link', 'del', name]));
}

/** Interfaces of our names that belong to the host. */
export function foreignInside({ encryption }: HostNetwork, { links }: Actual): readonly string[] {
  if (!encryption) return [];
  return insideDevices
    .filter((name) => links.has(name) && links.get(name)?.alias !== linkAlias)
    .map((name) => `there is an interface "${name}" already, and not of COPA`);
}

/** What else is in the way, before anything is made. */
export function insideFindings({ encryption }: HostNetwork, { links, inside }: Actual): readonly string[] {
  if (!encryption) return [];
  const ports = epochsOf(encryption)
    .filter((epoch) => links.get(insideDeviceOf(epoch))?.alias !== linkAlias)
    .map(insidePortOf)
    .filter((port) => inside?.takenPorts.has(port))
    .map((port) => `a program listens on UDP port ${port}, which the encrypted tunnels use`);
  const routes = (inside?.routes ?? [])
    .filter(({ device }) => !(insideDevices as readonly string[]).includes(device))
    .map(({ subnet, device }) => `route ${subnet} over interface "${device}" overlaps with ${insidePrefix}`);
  const way = typeof inside?.way === 'object' ? [`no encryption is possible: ${inside.way.problem}`] : [];
  return [...ports, ...routes, ...way];
}

interface DeviceGiven {
  readonly encryption: Encryption;
  readonly key: OwnKey;
  readonly way: Way;
  readonly mtu: number;
}

function deviceSteps(given: DeviceGiven, actual: Actual): ProgramStep[] {
  const { encryption, key, way, mtu } = given;
  const name = insideDeviceOf(key.epoch);
  const port = insidePortOf(key.epoch);
  const link = actual.links.get(name);
  const there = actual.inside?.devices.get(name);
  // One that does not answer is made again: its program is gone, or it is of something else.
  const isKept = link !== undefined && there !== undefined;
  const address = insideAddressOf(encryption.underlay);
  const hasKey = isKept && there.publicKey === key.publicKey && there.port === port;
  return [
    ...(link && !isKept ? [step('ip', ['link', 'del', name])] : []),
    ...(isKept ? [] : creation(name, way)),
    ...(hasKey ? [] : [step('wg', ['set', name, 'listen-port', String(port), 'private-key', key.file])]),
    ...(isKept && !link.generatesAddresses ? [] : [step('ip', ['link', 'set', name, 'addrgenmode', 'none'])]),
    ...peerSteps(name, peersIn(encryption, key.epoch), isKept ? there : undefined),
    ...(isKept && there.addresses.includes(address)
      ? []
      : [step('ip', ['-6', 'addr', 'replace', `${address}/128`, 'dev', name, 'nodad'])]),
    ...(isKept && link.mtu === mtu && link.isUp
      ? []
      : [step('ip', ['link', 'set', name, 'mtu', String(mtu), 'up'])]),
  ];
}

function creation(name: string, way: Way): ProgramStep[] {
  return [
    way === 'kernel' ? step('ip', ['link', 'add', name, 'type', 'wireguard']) : step('wireguard-go', [name]),
    step('ip', ['link', 'set', name, 'alias', linkAlias]),
  ];
}

interface WantedPeer {
  readonly key: string;
  readonly endpoint: string;
  readonly addresses: string;
}

/** The other hosts. */
function peersIn({ underlay: own, peers }: Encryption, epoch: number): readonly WantedPeer[] {
  return peers
    .filter((peer) => peer.epoch === epoch && peer.underlay !== own)
    .map(({ publicKey, underlay }) => ({
      key: publicKey,
      endpoint: `${underlay}:${insidePortOf(epoch)}`,
      addresses: `${insideAddressOf(underlay)}/128`,
    }));
}

/** Short enough that a firewall between keeps its entry, and that the age of the last handshake says something. */
const keepaliveSeconds = 25;
/** A command line has its limits. */
const peersAtOnceMax = 200;

function peerSteps(name: string, wanted: readonly WantedPeer[], there?: InsideDevice): ProgramStep[] {
  const keys = new Set(wanted.map(({ key }) => key));
  const stale = [...(there?.peers.keys() ?? [])]
    .filter((key) => !keys.has(key))
    .map((key) => ['peer', key, 'remove']);
  const missing = wanted
    .filter(({ key, addresses }) => {
      const peer = there?.peers.get(key);
      // A host may send from another of its addresses, which WireGuard then answers to.
      return peer?.addresses !== addresses || peer.endpoint === '(none)';
    })
    .map(({ key, endpoint, addresses }) => [
      ...['peer', key, 'endpoint', endpoint, 'allowed-ips', addresses],
      ...['persistent-keepalive', String(keepaliveSeconds)],
    ]);
  // Stale ones first: two peers cannot have one address.
  const all = [...stale, ...missing];
  const chunks: ProgramStep[] = [];
  for (let at = 0; at < all.length; at += peersAtOnceMax)
    chunks.push(step('wg', ['set', name, ...all.slice(at, at + peersAtOnceMax).flat()]));
  return chunks;
}

function routeSteps({ epoch }: Encryption, { inside }: Actual): ProgramStep[] {
  const device = insideDeviceOf(epoch);
  const isThere = inside?.routes.some((route) => route.subnet === insidePrefix && route.device === device);
  return isThere ? [] : [step('ip', ['-6', 'route', 'replace', insidePrefix, 'dev', device])];
}

function step(program: ProgramStep['program'], args: readonly string[]): ProgramStep {
  return { do: 'run', program, args };
}
