// A host that exists in memory only: containers with states that change, behind the agent's own server.
import type { Socket } from 'node:net';
import { pino } from 'pino';
import { AgentServer } from '../../../agent/grpc/server.js';
import type { AgentParts } from '../../../agent/grpc/parts.js';
import type { InventoryListener } from '../../../agent/inventory/inventory.js';
import type { Container__Output as Container } from '../../../proto/gen/copa/agent/v1/Container.js';
import type { Credentials, Identity } from '../../../common/pki/identity.js';
import { TlsIdentity } from '../../../common/pki/tls-identity.js';
import type { NetworkInterface__Output as NetworkInterface } from '../../../proto/gen/copa/agent/v1/NetworkInterface.js';
import { HostNetworks } from './host-networks.js';

const log = pino({ level: 'silent' });
const images = ['Ubuntu jammy amd64 (20260801_07:42)', 'Debian bookworm amd64 (20260803_05:24)', 'Tiny'];
const daemon = {
  kind: 'lxd',
  version: '5.0.2',
  architectures: ['x86_64'],
  has: () => true,
} as const;

/** The daemon's reply about a container's state. */
const information = {
  status: 'Running',
  disk: { root: { usage: 512_000_000 } },
  memory: { usage: 141_582_336, usage_peak: 151_582_336, swap_usage: 0, swap_usage_peak: 0 },
  network: {
    eth0: {
      addresses: [{ family: 'inet', address: '10.1.2.3', netmask: '24', scope: 'global' }],
      counters: { bytes_received: 9684, bytes_sent: 558, packets_received: 129, packets_sent: 7 },
      hwaddr: '00:16:3e:ed:a5:bf',
      host_name: 'veth8WD1SA',
      mtu: 1500,
      state: 'up',
      type: 'broadcast',
    },
  },
  cpu: { usage: 3_637_000_000 },
};

/** Tracks the accepted connections, so that they can be broken. */
class Connections extends TlsIdentity {
  readonly open = new Set<Connection>();

  override guard(connection: Connection, ...rest: PeerOf): Identity {
    this.open.add(connection);
    connection.once('close', () => this.open.delete(connection));
    return super.guard(connection, ...rest);
  }
}

type Connection = Parameters<TlsIdentity['guard']>[0];
type PeerOf = Parameters<TlsIdentity['guard']> extends [unknown, ...infer Rest] ? Rest : never;

export class SimulatedHost {
  readonly containers = new Map<string, Container>();
  readonly pids = new Map<string, number>();
  readonly daemonState = { up: true, reason: '', server: 'lxd', serverVersion: '5.0.2' };
  readonly listed = true;
  readonly #names: readonly string[];
  readonly #followers = new Set<InventoryListener>();
  readonly #tlsIdentity: Connections;
  readonly networks: HostNetworks;

  constructor(
    private readonly pool: string,
    private readonly address: string,
    private readonly credentials: Credentials,
    containers: number,
    onNetworks: (pool: string, generation: number) => void = () => undefined,
  ) {
    this.#tlsIdentity = new Connections(credentials);
    this.networks = new HostNetworks((generation) => onNetworks(pool, generation));
    for (let index = 0; index < containers; index++) {
      const container = this.#made(index);
      this.containers.set(container.name, container);
    }
    this.#names = [...this.containers.keys()];
  }

  /** Listens at its address, with the agent's own server. */
  async listen(): Promise<void> {
    const nothing = {};
    const parts = {
      pool: this.pool,
      streamPort: 8002,
      tlsIdentity: this.#tlsIdentity,
      keeper: { certificate: this.credentials.cert, updateTrust: () => Promise.resolve() },
      daemon: () => Promise.resolve(daemon),
      watch: this,
      log,
      containers: {
        list: () => Promise.resolve(this.#names),
        information: (name?: string) =>
          Promise.resolve(
            (name === undefined ? this.#names : [name]).map((container) => ({
              container,
              state: information,
            })),
          ),
      },
      links: { port: 0 },
      ...this.networks.parts,
      lxd: nothing,
      source: nothing,
      destination: nothing,
      transfers: nothing,
    };
    const server = new AgentServer(parts as unknown as AgentParts);
    const [host = '', port = ''] = this.address.split(':');
    await server.listen(host, Number(port));
  }

  /** What it has received from controllers. */
  get bytesReceived(): number {
    const sockets = [...this.#tlsIdentity.open] as unknown as readonly Pick<Socket, 'bytesRead'>[];
    return sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  }

  /** Puts each container on a network, with the address that `addressOf` gives it. */
  attach(interfaceOf: (index: number) => NetworkInterface): void {
    for (const [index, [name, container]] of [...this.containers].entries())
      this.containers.set(name, { ...container, interfaces: [interfaceOf(index)] });
  }

  /** A container that left for another host. */
  take(name: string): Container | undefined {
    const container = this.containers.get(name);
    this.containers.delete(name);
    for (const follower of this.#followers) follower.onContainer(name);
    return container;
  }

  put(container: Container): void {
    this.containers.set(container.name, container);
    for (const follower of this.#followers) follower.onContainer(container.name);
  }

  /** Breaks its connections. New ones are accepted at once. */
  breakConnections(): void {
    for (const connection of this.#tlsIdentity.open) connection.destroy();
  }

  follow(follower: InventoryListener): () => void {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }

  keep(): () => void {
    return () => undefined;
  }

  /** One event, as the daemon emits it: mostly starts and stops, some snapshots and freezes. */
  change(): void {
    const name = this.#names[Math.floor(Math.random() * this.#names.length)] ?? '';
    const container = this.containers.get(name);
    if (!container) return;
    const dice = Math.random();
    if (dice < 0.2) this.containers.set(name, { ...container, snapshots: container.snapshots + 1 });
    else {
      const running = dice < 0.3 ? 'Frozen' : 'Stopped';
      this.containers.set(name, {
        ...container,
        status: container.status === 'Running' ? running : 'Running',
      });
    }
    for (const follower of this.#followers) follower.onContainer(name);
  }

  #made(index: number): Container {
    const [high, low] = [index >> 8, index & 255];
    return {
      name: `${['web', 'db', 'cache', 'job'][index % 4] ?? ''}-${this.pool.slice(-4)}-${index}`,
      status: index % 5 === 0 ? 'Stopped' : 'Running',
      createdAt: 1_760_000_000 + index * 977,
      image: images[index % images.length] ?? '',
      addresses: index % 5 === 0 ? [] : [`10.1.${high}.${low}`, `fd42:1:2:3:216:3eff:fe${high}:${low}`],
      cpuLimit: index % 3 === 0 ? '2' : '',
      memoryLimit: index % 3 === 0 ? '1GiB' : '',
      snapshots: index % 4,
      migrationId: '',
      interfaces: [],
      labels: {},
      rules: {},
    };
  }
}
