/** What a host has: the parts of it that networks over several hosts consist of, or that could be in their way. */
import type { DaemonKind } from '../lxd/daemon.js';
import type { Network } from '../lxd/types.js';
import type { Inside } from './encryption/observe.js';

export interface Link {
  readonly name: string;
  readonly kind: string;
  readonly mtu: number;
  readonly isUp: boolean;
  /** The bridge whose port it is. */
  readonly master: string;
  readonly alias: string;
  readonly generatesAddresses: boolean;
  /** Of a VXLAN interface. */
  readonly vxlan?: {
    readonly vni: number;
    readonly local: string;
    readonly port: number;
    readonly learns: boolean;
    readonly isProxy: boolean;
  };
  /** Of a port of a bridge. */
  readonly port?: {
    readonly learns: boolean;
    readonly floods: boolean;
    readonly floodsMulticast: boolean;
    readonly floodsBroadcast: boolean;
  };
}

/** The entries of one tunnel. */
export interface Tables {
  /** From MAC to the host behind which it is; several for a MAC that is to be everywhere. */
  readonly tunnel: ReadonlyMap<string, readonly string[]>;
  /** The MACs that the bridge takes for those behind the tunnel. */
  readonly bridge: ReadonlySet<string>;
  /** From address to MAC. */
  readonly neighbours: ReadonlyMap<string, string>;
}

export interface Actual {
  readonly links: ReadonlyMap<string, Link>;
  readonly addresses: readonly { readonly device: string; readonly address: string; readonly bits: number }[];
  /** IPv4, without default routes. */
  readonly routes: readonly { readonly subnet: string; readonly device: string }[];
  /** Undefined while it is not there. */
  readonly daemon: DaemonKind | undefined;
  readonly daemonNetworks: ReadonlyMap<string, Network>;
  /** By the tunnel's interface. */
  readonly tables: ReadonlyMap<string, Tables>;
  /** The guard's rules as the kernel has them; undefined without any. */
  readonly guard: string | undefined;
  /** The encrypted tunnels; absent when none is wanted. */
  readonly inside?: Inside;
}

export const noTables: Tables = { tunnel: new Map(), bridge: new Set(), neighbours: new Map() };
