/** A host's interfaces, tables and rules in memory, with the commands of `ip`, `bridge` and `nft` that an agent uses. */
import { CopaError } from '../../../common/errors.js';
import type { LxdClient } from '../../../agent/lxd/client.js';
import type { Network } from '../../../agent/lxd/types.js';
import type { Program, RunProgram } from '../../../agent/networks/programs.js';
import { insidePrefix } from '../../../common/net/encryption.js';
import { keyOf } from './memory-keys.js';
import { guardTable } from '../../../agent/networks/plan.js';

interface FakeLink {
  ifname: string;
  mtu: number;
  flags: string[];
  master?: string;
  ifalias?: string;
  inet6_addr_gen_mode: string;
  linkinfo?: Record<string, unknown>;
}

interface FakeInside {
  publicKey: string;
  port: number;
  address: string;
  readonly peers: Map<string, { endpoint: string; addresses: string; handshakeSeconds: number }>;
}

interface FakeEntry {
  mac: string;
  /** Of the tunnel's own table. */
  dst?: string;
}

const noSuchFile = () => new CopaError('failed_precondition', 'nft: Error: No such file or directory');

export class NetworkHost {
  readonly links = new Map<string, FakeLink>();
  readonly addresses: { ifname: string; local: string; prefixlen: number }[] = [];
  readonly routes: { dst: string; dev: string }[] = [];
  /** By device. */
  readonly forwarding = new Map<string, FakeEntry[]>();
  readonly neighbours = new Map<string, Map<string, string>>();
  readonly networks = new Map<string, Network>();
  daemon: 'lxd' | 'incus' = 'lxd';
  /** Interfaces of WireGuard, by name. */
  readonly inside = new Map<string, FakeInside>();
  /** Where the inner addresses of other hosts are. */
  insideRoute: string | undefined;
  hasWireguard: 'kernel' | 'program' | false = 'program';
  readonly #keys: (file: string) => string;
  /** Of nftables, by family and name. */
  readonly tables = new Map<string, string>();
  /** The commands and requests that change something. */
  readonly changes: string[] = [];
  /** What the next change throws. */
  failure: Error | undefined;

  constructor(underlay = '192.0.2.1', host = 'A') {
    this.#keys = (file) => keyOf(host, Number(file.split('/').at(-1)));
    this.addLink('lo', 65_536);
    this.addLink('eth0', 1500);
    this.addresses.push({ ifname: 'eth0', local: underlay, prefixlen: 24 });
    this.routes.push({ dst: '192.0.2.0/24', dev: 'eth0' });
  }

  addLink(ifname: string, mtu: number): void {
    this.links.set(ifname, { ifname, mtu, flags: ['UP'], inet6_addr_gen_mode: 'eui64' });
  }

  get guard(): string | undefined {
    return this.tables.get(`${guardTable.family} ${guardTable.name}`);
  }

  /** As the daemon's client; only networks. */
  get lxd(): LxdClient {
    return {
      get: (path: string) =>
        Promise.resolve(
          path === '/1.0'
            ? {
                environment: { server: this.daemon, server_version: '6', architectures: [] },
                api_extensions: [],
              }
            : [...this.networks.values()],
        ),
      request: (method: string, path: string, { body }: { body?: unknown } = {}) => {
        this.#daemon(method, decodeURIComponent(path.split('/')[3] ?? ''), body);
        return Promise.resolve({});
      },
    } as unknown as LxdClient;
  }

  readonly run: RunProgram = async (program, args, input = '') => {
    await Promise.resolve();
    return this.#execute(program, args.join(' '), input);
  };

  #execute(program: Program, line: string, input: string): string {
    if (line.includes('-batch')) {
      for (const each of input.split('\n').filter(Boolean)) this.#change(program, each);
      return '';
    }
    if (program === 'nft') return this.#nft(line, input);
    if (program === 'ss') return 'UNCONN 0 0 0.0.0.0:68 0.0.0.0:*\n';
    if (program === 'wg' || program === 'wireguard-go') return this.#wireguard(program, line);
    if (line.includes('type wireguard') && this.hasWireguard !== 'kernel')
      throw new CopaError('failed_precondition', 'ip: Error: Unknown device type.');
    if (line.includes('cwgprobe')) return '';
    if (line.startsWith('-json')) return JSON.stringify(this.#show(line));
    if (line.includes('route get')) return '';
    this.#change(program, line);
    return '';
  }

  #nft(line: string, input: string): string {
    const [, listed] = /list table (.+)/.exec(line) ?? [];
    if (listed !== undefined) {
      const rules = this.tables.get(listed);
      if (rules === undefined) throw noSuchFile();
      return line.includes('-j') ? JSON.stringify({ nftables: [] }) : rules;
    }
    this.#changed('nft -f');
    const [, name = '', rules = ''] = /^table .+\ndelete table (.+)\n([^]*)$/.exec(input) ?? [];
    if (rules === '') this.tables.delete(name);
    else this.tables.set(name, rules);
    return '';
  }

  #wireguard(program: Program, line: string): string {
    if (this.hasWireguard === false)
      throw new CopaError('failed_precondition', `program "${program}" is missing: install ${program}`);
    if (line === '--version') return '';
    const [verb = '', name = '', ...words] = line.split(' ');
    if (program === 'wireguard-go') {
      this.#changed(`wireguard-go ${line}`);
      this.addLink(verb, 1420);
      this.#addInside(verb);
      return '';
    }
    const device = this.inside.get(name);
    if (!device) throw new CopaError('failed_precondition', 'wg: Unable to access interface: No such device');
    if (verb === 'show') {
      const peers = [...device.peers].map(
        ([key, peer]) =>
          `${key}\t(none)\t${peer.endpoint}\t${peer.addresses}\t${peer.handshakeSeconds}\t0\t0\t25`,
      );
      return [`private\t${device.publicKey}\t${device.port}\toff`, ...peers].join('\n') + '\n';
    }
    this.#changed(`wg ${line}`);
    while (words.length > 0) this.#setInside(device, words);
    return '';
  }

  #addInside(name: string): void {
    this.inside.set(name, { publicKey: '', port: 0, address: '', peers: new Map() });
  }

  #setInside(device: FakeInside, words: string[]): void {
    const [word, value = ''] = words.splice(0, 2);
    if (word === 'listen-port') device.port = Number(value);
    else if (word === 'private-key') device.publicKey = this.#keys(value);
    else if (word === 'peer' && words[0] === 'remove') {
      device.peers.delete(value);
      words.shift();
    } else {
      const [, endpoint = '', , addresses = ''] = words.splice(0, 6);
      // WireGuard takes an address away from the peer that had it.
      for (const peer of device.peers.values()) if (peer.addresses === addresses) peer.addresses = '(none)';
      device.peers.set(value, { endpoint, addresses, handshakeSeconds: 0 });
    }
  }

  #show(line: string): readonly unknown[] {
    const device = line.split(' ').at(-1) ?? '';
    if (line.includes('-6 route show'))
      return this.insideRoute === undefined ? [] : [{ dst: insidePrefix, dev: this.insideRoute }];
    if (line.includes('-6 addr show'))
      return [{ ifname: device, addr_info: [{ local: this.inside.get(device)?.address }] }];
    if (line.includes('link show')) return [...this.links.values()];
    if (line.includes('addr show'))
      return this.addresses.map(({ ifname, ...rest }) => ({
        ifname,
        addr_info: [{ family: 'inet', ...rest }],
      }));
    if (line.includes('route show')) return [{ dst: 'default', dev: 'eth0' }, ...this.routes];
    if (line.includes('neigh show'))
      return [...(this.neighbours.get(device) ?? [])].map(([dst, lladdr]) => ({
        dst,
        lladdr,
        state: ['PERMANENT'],
      }));
    return (this.forwarding.get(device) ?? []).map(({ mac, dst }) =>
      dst === undefined
        ? { mac, flags: [], master: 'bridge', state: 'static' }
        : { mac, dst, flags: ['self'], state: 'static' },
    );
  }

  #change(program: Program, line: string): void {
    this.#changed(`${program} ${line}`);
    const words = line.split(' ');
    const after = (word: string) => words[words.indexOf(word) + 1] ?? '';
    if (line.startsWith('-6 addr replace')) {
      const there = this.inside.get(after('dev'));
      if (there) there.address = (words[3] ?? '').split('/')[0] ?? '';
    } else if (line.startsWith('-6 route replace')) this.insideRoute = after('dev');
    else if (line.startsWith('addr replace'))
      this.addresses.push({ ifname: 'lo', local: (words[2] ?? '').split('/')[0] ?? '', prefixlen: 32 });
    else if (line.startsWith('addr del')) this.#drop((words[2] ?? '').split('/')[0] ?? '');
    else if (line.startsWith('link')) this.#changeLink(words, after);
    else if (line.startsWith('fdb')) this.#changeForwarding(words, after);
    else if (line.startsWith('neigh replace'))
      this.#neighboursOf(after('dev')).set(words[2] ?? '', after('lladdr'));
    else if (line.startsWith('neigh del')) this.#neighboursOf(after('dev')).delete(words[2] ?? '');
    else throw new Error(`unknown command: ${line}`);
  }

  #drop(local: string): void {
    this.addresses.splice(0, Infinity, ...this.addresses.filter((each) => each.local !== local));
  }

  #changeLink(words: readonly string[], after: (word: string) => string): void {
    const [, verb = '', name = ''] = words;
    if (verb === 'add') {
      this.addLink(name, Number(after('mtu')));
      const link = this.#link(name);
      link.flags = [];
      if (words.includes('wireguard')) this.#addInside(name);
      if (!words.includes('vxlan')) return;
      link.linkinfo = {
        info_kind: 'vxlan',
        info_data: {
          ...{
            id: Number(after('id')),
            [after('local').includes(':') ? 'local6' : 'local']: after('local'),
            port: Number(after('dstport')),
          },
          ...{ learning: !words.includes('nolearning'), proxy: words.includes('proxy') },
        },
      };
    } else if (verb === 'del') this.removeLink(name);
    else if (words.includes('flood')) {
      const link = this.#link(after('dev'));
      if (link.master === undefined) throw new Error('not a port');
      const isOn = (flag: string) => after(flag) === 'on';
      const port = {
        ...{ learning: isOn('learning'), flood: isOn('flood') },
        ...{ mcast_flood: isOn('mcast_flood'), bcast_flood: isOn('bcast_flood') },
      };
      link.linkinfo = { ...link.linkinfo, info_slave_kind: 'bridge', info_slave_data: port };
    } else if (words.includes('alias')) this.#link(name).ifalias = after('alias');
    else if (words.includes('addrgenmode')) this.#link(name).inet6_addr_gen_mode = after('addrgenmode');
    else if (words.includes('master')) {
      this.#link(after('master'));
      this.#link(name).master = after('master');
    } else {
      const link = this.#link(name);
      link.flags = ['UP'];
      if (words.includes('mtu')) link.mtu = Number(after('mtu'));
    }
  }

  removeLink(name: string): void {
    this.#link(name);
    this.links.delete(name);
    this.forwarding.delete(name);
    this.neighbours.delete(name);
    this.inside.delete(name);
    if (this.insideRoute === name) this.insideRoute = undefined;
  }

  #changeForwarding(words: readonly string[], after: (word: string) => string): void {
    const [, verb, mac = ''] = words;
    const device = after('dev');
    this.#link(device);
    const entries = this.forwarding.get(device) ?? [];
    const isSelf = words.includes('self');
    const isMaster = words.includes('master');
    const kept = entries.filter((each) => {
      if (each.mac !== mac) return true;
      if (each.dst === undefined) return !isMaster;
      return !isSelf || (verb === 'del' && words.includes('dst') && each.dst !== after('dst'));
    });
    const added = [...(isSelf ? [{ mac, dst: after('dst') }] : []), ...(isMaster ? [{ mac }] : [])];
    this.forwarding.set(device, verb === 'replace' ? [...kept, ...added] : kept);
  }

  #daemon(method: string, path: string, body: unknown): void {
    const { name = path, config = {} } = (body ?? {}) as { name?: string; config?: Record<string, string> };
    this.#changed(`${method} ${name}`);
    const [address = '', bits] = (config['ipv4.address'] ?? '').split('/');
    if (method === 'POST') {
      if (this.links.has(name)) throw new CopaError('failed_precondition', `interface ${name} exists`);
      this.addLink(name, 1450);
      this.networks.set(name, { name, type: 'bridge', managed: true, config });
      this.addresses.push({ ifname: name, local: address, prefixlen: Number(bits) });
      this.routes.push({ dst: '10.50.0.0/24', dev: name });
    } else if (method === 'PATCH') {
      const before = this.networks.get(name);
      if (before) this.networks.set(name, { ...before, config: { ...before.config, ...config } });
    } else if (method === 'DELETE') {
      this.networks.delete(name);
      this.removeLink(name);
      this.addresses.splice(0, Infinity, ...this.addresses.filter(({ ifname }) => ifname !== name));
      this.routes.splice(0, Infinity, ...this.routes.filter(({ dev }) => dev !== name));
    }
  }

  #link(name: string): FakeLink {
    const link = this.links.get(name);
    if (!link) throw new CopaError('failed_precondition', `Cannot find device "${name}"`);
    return link;
  }

  #neighboursOf(device: string): Map<string, string> {
    this.#link(device);
    const known = this.neighbours.get(device) ?? new Map<string, string>();
    this.neighbours.set(device, known);
    return known;
  }

  #changed(what: string): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
    this.changes.push(what);
  }
}
