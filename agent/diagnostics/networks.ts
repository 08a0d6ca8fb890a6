/**
 * The checks of networks over several hosts on this host, for `copa doctor`. They change nothing; `repair` takes away what
 * is left on a host that is no pool any more.
 */
import { Resolver } from 'node:dns/promises';
import { ok, problem, warning, type Finding } from '../../common/diagnostics/findings.js';
import { messageOf } from '../../common/errors.js';
import { insideDeviceOf, insidePorts } from '../../common/net/encryption.js';
import { bridgeOf, overheadOf, vxlanPort } from '../../common/net/networks.js';
import type { CertificateStatus } from '../../common/pki/enrollment.js';
import type { LxdClient } from '../lxd/client.js';
import type { HostNetwork } from '../networks/desired.js';
import type { Encryptor } from '../networks/encryption/encryptor.js';
import type { InsidePeer } from '../networks/encryption/observe.js';
import { encryptionOf } from '../networks/encryption/plan.js';
import { droppedPackets } from '../networks/guard-counters.js';
import { observe } from '../networks/observe.js';
import { guardStep, removalSteps, structureSteps, tableSteps } from '../networks/plan.js';
import { reaches } from '../networks/probe.js';
import { isInstalled, type RunProgram } from '../networks/programs.js';
import { runStep } from '../networks/steps.js';
import type { NetworkState, StateFile } from '../networks/state-file.js';

interface Host {
  readonly lxd: LxdClient;
  readonly run: RunProgram;
  readonly file: Pick<StateFile, 'read' | 'write'>;
  readonly encryptor: Encryptor;
  /** What the controller says of this host; undefined when none can be asked. */
  readonly status: () => Promise<CertificateStatus | undefined>;
  readonly agentAnswers: () => Promise<boolean>;
  readonly repair: boolean;
  /** Replaceable in tests. */
  readonly reach?: typeof reaches;
  readonly resolves?: (server: string) => Promise<boolean>;
  readonly hasDnsmasq?: () => Promise<boolean>;
  readonly now?: () => number;
  /** How long an agent may take to repair something. */
  readonly repairMs?: number;
}

/** An agent looks every five seconds. */
const usualRepairMs = 6_000;
/** Keys of a connection that is in use are exchanged anew after two minutes at most. */
const silentSeconds = 180;
/** Enough for a small packet. */
const smallBytes = 64;

export async function examineNetworks(host: Host): Promise<Finding[]> {
  const { refused, ...state } = await host.file.read();
  if (state.networks.length === 0 && state.made.length === 0) return [];
  const status = await host.status();
  if (status === 'removed' || status === 'revoked') return [await examineRest(host, state)];
  return [
    ...refused.map(({ network, message }) =>
      problem(aboutOf(network), message, 'update controllers and agents to the same release'),
    ),
    await examineDnsmasq(host),
    ...(await examineTables(host, state)),
    ...(await examineEncryption(host, state)),
    await examineDropped(host),
    ...(await Promise.all(state.networks.map((network) => examineNetwork(network, host)))).flat(),
  ];
}

const aboutOf = (network: string) => `network ${network}`;

/** What was made here for a pool that was removed while this host did not answer. */
async function examineRest(host: Host, state: NetworkState): Promise<Finding> {
  const names = state.made.map(({ name }) => `"${name}"`).join(', ');
  const text = `this host is no pool any more, and has what was made for network ${names}`;
  if (!host.repair || (await host.agentAnswers()))
    return problem('networks', text, '"systemctl disable --now copa-agent", then --repair takes it away');
  const actual = await observe(host, { vnis: [] });
  try {
    for (const made of state.made) for (const step of removalSteps(made, actual)) await runStep(host, step);
    await host.encryptor.keep([], [], actual, (step) => runStep(host, step));
    await runStep(host, guardStep(undefined));
  } catch (error) {
    return problem('networks', `${text}: ${messageOf(error)}`, 'detach the containers that use it');
  }
  await host.file.write({ networks: [], made: [] });
  return ok('networks', `${text}: taken away`);
}

async function examineDnsmasq({ hasDnsmasq = () => isInstalled('dnsmasq') }: Host): Promise<Finding> {
  if (await hasDnsmasq()) return ok('dnsmasq', 'is installed');
  const why = 'is missing: the daemon cannot make networks, and containers get no addresses';
  return problem('dnsmasq', why, 'apt-get install dnsmasq-base');
}

/** Whether the host has what its state file says. A change that is being made at this moment is no finding. */
async function examineTables(host: Host, state: NetworkState): Promise<Finding[]> {
  let differing = await differences(host, state);
  if (differing.length > 0) {
    await new Promise((resolve) => setTimeout(resolve, host.repairMs ?? usualRepairMs));
    differing = await differences(host, state);
  }
  if (differing.length === 0) return [ok('tables', 'are what they should be')];
  const advice =
    'systemctl start copa-agent, which repairs them; journalctl -u copa-agent shows what it cannot';
  return differing.map(([name, what]) =>
    problem(aboutOf(name), `differs from what it should be: ${what}`, advice),
  );
}

async function differences(host: Host, { networks }: NetworkState): Promise<[string, string][]> {
  const actual = await observe(host, {
    vnis: networks.map(({ vni }) => vni),
    ...host.encryptor.scopeOf(networks),
  });
  const unguarded: [string, string][] =
    actual.guard === undefined ? networks.map(({ name }) => [name, 'it has no guard']) : [];
  const differing = networks.flatMap((network): [string, string][] => {
    const structure = structureSteps(network, actual);
    const tables = tableSteps(network, actual);
    if (structure.length > 0) return [[network.name, 'its bridge or tunnel']];
    const entries = tables.flatMap(({ input = '' }) => input.trim().split('\n'));
    return entries.length > 0 ? [[network.name, `${entries.length} entries of its tables`]] : [];
  });
  const pending = await host.encryptor.pending(networks, actual);
  const encrypted = networks.filter(({ encryption }) => encryption && pending.length > 0);
  return [
    ...unguarded,
    ...differing,
    ...encrypted.map(({ name }): [string, string] => [name, 'its encrypted tunnel']),
  ];
}

/** Whether each other host has answered with its key lately. Tunnels are kept alive, so it does so every two minutes. */
async function examineEncryption(host: Host, { networks }: NetworkState): Promise<Finding[]> {
  const encryption = encryptionOf(networks);
  if (!encryption) return [];
  const about = 'encryption';
  const actual = await observe(host, { vnis: [], ...host.encryptor.scopeOf(networks) });
  const way = actual.inside?.way;
  if (typeof way === 'object')
    return [problem(about, way.problem, 'apt-get install wireguard-tools wireguard-go')];
  const peers =
    actual.inside?.devices.get(insideDeviceOf(encryption.epoch))?.peers ?? new Map<string, InsidePeer>();
  const now = (host.now ?? Date.now)() / 1000;
  const silent = [...peers.values()].filter(({ handshakeSeconds }) => now - handshakeSeconds > silentSeconds);
  if (silent.length === 0) return [ok(about, `${peers.size} other hosts have exchanged keys with this one`)];
  return silent.map(({ endpoint }) =>
    problem(
      `${about} to ${endpoint}`,
      'the host has not exchanged keys with this one for three minutes',
      `is it up? Open UDP ports ${insidePorts.join(' and ')} between the hosts`,
    ),
  );
}

async function examineDropped({ run }: Host): Promise<Finding> {
  const dropped = await droppedPackets(run);
  if (dropped === 0) return ok('guard', 'has dropped no frames');
  return warning(
    'guard',
    `has dropped ${dropped} frames that nobody may send: forged by a container, or of a host whose address has changed`,
    'nft list table inet copa_overlay shows which way they came',
  );
}

async function examineNetwork(network: HostNetwork, host: Host): Promise<Finding[]> {
  const { resolves = answersNames } = host;
  const about = aboutOf(network.name);
  const names = (await resolves(network.address))
    ? ok(about, `its dnsmasq answers at ${network.address}`)
    : problem(
        about,
        `no dnsmasq answers at ${network.address}: containers get no address`,
        `restart the daemon, which starts it for ${bridgeOf(network.name)}`,
      );
  const peers = network.stations.filter(({ isHost }) => isHost);
  const probed = await Promise.all(peers.map((peer) => examinePeer(network, peer, host)));
  return [names, ...probed];
}

async function examinePeer(
  { name, mtu, encryption }: HostNetwork,
  { address, underlay }: HostNetwork['stations'][number],
  { reach = reaches, run }: Host,
): Promise<Finding> {
  const about = `${aboutOf(name)} to ${underlay}`;
  const whole = mtu + overheadOf(encryption !== undefined);
  const port = encryption ? insidePorts.join(' and ') : String(vxlanPort);
  if (await reach(address, mtu)) {
    const carried = await pathMtu(run, underlay);
    if (carried === undefined || carried >= whole) return ok(about, `packets of ${mtu} bytes arrive whole`);
    return warning(
      about,
      `packets of ${mtu} bytes arrive in parts: a link between carries ${carried} bytes`,
      `raise its MTU to ${whole}, or create the network again`,
    );
  }
  const isOpen = await reach(address, smallBytes);
  if (isOpen)
    return problem(
      about,
      `small packets arrive, and those of ${mtu} bytes do not`,
      `a link between carries less than ${whole} bytes: raise its MTU, or create the network again when all hosts have theirs`,
    );
  if (await reach(underlay, smallBytes))
    return problem(
      about,
      'the host answers, and not through the tunnel',
      `open UDP port ${port} in the firewalls between, both ways; is its agent running?`,
    );
  return warning(about, 'the host does not answer at all', 'is it down, or does a firewall drop everything?');
}

/** What the kernel has learnt of the way to a host; undefined when nothing on it is smaller than its own interface. */
async function pathMtu(run: RunProgram, underlay: string): Promise<number | undefined> {
  const text = await run('ip', ['-4', 'route', 'get', underlay]);
  const [, bytes] = /\bmtu (\d+)/.exec(text) ?? [];
  return bytes === undefined ? undefined : Number(bytes);
}

/** Whatever it answers: its own names are never sent on, so an answer is its own. */
async function answersNames(server: string): Promise<boolean> {
  const tries = ['lxd', 'incus'].map(async (domain) => {
    const resolver = new Resolver({ timeout: 1_000, tries: 2 });
    resolver.setServers([server]);
    try {
      await resolver.resolve4(`copa-doctor.${domain}`);
      return true;
    } catch (error) {
      return ['ENOTFOUND', 'ENODATA', 'EREFUSED', 'ESERVFAIL'].includes(
        (error as NodeJS.ErrnoException).code ?? '',
      );
    }
  });
  return (await Promise.all(tries)).includes(true);
}
