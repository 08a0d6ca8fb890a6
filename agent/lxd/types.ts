/** The fields of the daemon's API that the agent reads. LXD and Incus share them. */

export interface Server {
  readonly api_extensions: readonly string[];
  readonly config?: Readonly<Record<string, unknown>>;
  readonly environment: {
    /** "lxd" or "incus". */
    readonly server: string;
    readonly server_version: string;
    /** The daemon's PID in its own PID namespace. */
    readonly server_pid?: number;
    readonly architectures: readonly string[];
  };
}

export type Devices = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Instance {
  readonly name: string;
  readonly type: string;
  readonly status: string;
  readonly architecture: string;
  readonly description: string;
  readonly ephemeral: boolean;
  readonly stateful: boolean;
  readonly profiles: readonly string[];
  readonly config: Readonly<Record<string, string>>;
  readonly devices: Devices;
  readonly expanded_config?: Readonly<Record<string, string>>;
  readonly expanded_devices: Devices;
  readonly created_at?: string;
}

export interface NetworkState {
  readonly addresses?:
    readonly { readonly family: string; readonly address: string; readonly scope: string }[] | null;
  readonly counters?: { readonly bytes_received: number; readonly bytes_sent: number };
}

export interface Snapshot {
  readonly name: string;
  readonly created_at: string;
}

export interface InstanceState {
  readonly status: string;
  readonly disk: Readonly<Record<string, { readonly usage?: number }>> | null;
  readonly memory: unknown;
  readonly network: Readonly<Record<string, NetworkState>> | null;
  readonly cpu?: unknown;
  /** The PID of its first process on this host; 0 when it does not run. */
  readonly pid?: number;
}

/**
 * An instance of `GET /1.0/instances?recursion=2`, or of an instance's own `recursion=1` if the daemon supports it.
 */
export interface InstanceFull extends Instance {
  readonly state?: InstanceState | null;
  readonly snapshots?: readonly unknown[] | null;
}

export interface LxdImage {
  readonly fingerprint: string;
  readonly aliases: readonly { readonly name: string }[] | null;
  /** In bytes. */
  readonly size: number;
  readonly architecture: string;
  /** "container" or "virtual-machine". */
  readonly type: string;
  readonly properties: Readonly<Record<string, string>> | null;
}

export interface StoragePool {
  readonly name: string;
  readonly driver: string;
  readonly config: Readonly<Record<string, string>>;
}

export interface StorageResources {
  readonly space: { readonly used: number; readonly total: number };
}

export interface Network {
  readonly name: string;
  readonly type: string;
  readonly managed: boolean;
  readonly config?: Readonly<Record<string, string>>;
}

export interface LxdOperation {
  readonly id: string;
  readonly class: string;
  readonly description: string;
  /** RFC 3339. */
  readonly created_at?: string;
  readonly status: string;
  readonly err: string;
  readonly may_cancel: boolean;
  readonly resources: Readonly<Record<string, readonly string[] | null>> | null;
  readonly metadata: Readonly<Record<string, unknown>> | null;
}
