/** What the page reads of the controller's answers and events, as they come over the wire. */

export type PoolState = 'up' | 'down' | 'unknown';

export interface WireContainer {
  readonly name: string;
  /** The daemon's word: Running, Stopped, Frozen, Error... */
  readonly status: string;
  readonly created_at: string | null;
  readonly image: string | null;
  readonly addresses: readonly string[];
  readonly cpu_limit: string | null;
  readonly memory_limit: string | null;
  readonly snapshots: number;
  /** Of the migration that holds it. */
  readonly migration: string | null;
}

export interface WirePool {
  readonly name: string;
  readonly ip: string;
  readonly state: PoolState;
  readonly reason: string | null;
  readonly since: string;
  readonly daemon: string | null;
  readonly daemon_version: string | null;
  readonly containers: readonly WireContainer[];
}

export interface WireOverview {
  /** Where the stream of events goes on from here. */
  readonly event_id: string;
  readonly controller: { readonly name: string; readonly version: string; readonly started_at: string };
  readonly pools: readonly WirePool[];
  /** The pool to ask after for the rest. */
  readonly next: string | null;
}

export interface WireMigration {
  readonly id: string;
  readonly container: string;
  readonly source: string;
  readonly destination: string;
  readonly phase: string;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly via: 'direct' | 'relay';
  readonly live: boolean;
  readonly precopy: boolean;
  readonly passes: readonly WirePass[];
  readonly bytes: number;
  readonly rate_bytes_per_second: number | null;
  readonly estimated_seconds_left: number | null;
  readonly downtime_ms: number | null;
  readonly downtime: {
    readonly shutdown_ms: number;
    readonly last_pass_ms: number;
    readonly start_ms: number;
  } | null;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly history: readonly { readonly phase: string; readonly at: string }[];
  readonly error: string | null;
}

export interface WirePass {
  readonly number: number;
  readonly kind: string;
  readonly bytes: number;
  readonly ms: number | null;
  readonly outcome: string;
}

/** What a host does at the moment. */
export interface WireLoad {
  readonly cpus: number;
  readonly load1: number;
  readonly memory_total: number;
  readonly memory_used: number;
  readonly rx_bytes_per_second: number;
  readonly tx_bytes_per_second: number;
}

/** What a container does at the moment. */
export interface WireContainerUsage {
  readonly cpu_percent: number;
  readonly memory: number;
  readonly rx_bytes_per_second: number;
  readonly tx_bytes_per_second: number;
}

interface At {
  readonly at: string;
}

type OfContainer<Type extends string> = At & {
  readonly type: Type;
  readonly pool: string;
  readonly container: WireContainer;
};

export type WireEvent =
  | (At & { readonly type: 'pool.added'; readonly pool: string; readonly ip: string })
  | (At & { readonly type: 'pool.removed'; readonly pool: string })
  | (At & {
      readonly type: 'pool.up';
      readonly pool: string;
      readonly daemon: string;
      readonly daemon_version: string;
    })
  | (At & { readonly type: 'pool.down'; readonly pool: string; readonly reason: string })
  | OfContainer<'container.created'>
  | OfContainer<'container.started'>
  | OfContainer<'container.stopped'>
  | OfContainer<'container.frozen'>
  | OfContainer<'container.unfrozen'>
  | OfContainer<'container.changed'>
  | (At & {
      readonly type: 'container.deleted';
      readonly pool: string;
      readonly container: { readonly name: string };
    })
  | (OfContainer<'container.renamed'> & { readonly old_name: string })
  | (At & {
      readonly type: 'container.moved';
      readonly container: string;
      readonly source: string;
      readonly destination: string;
      readonly migration: string;
    })
  | (At & { readonly type: 'migration.phase' | 'migration.progress'; readonly migration: WireMigration })
  | (At & {
      readonly type: 'usage';
      readonly pool: string;
      readonly load: WireLoad;
      readonly containers: Readonly<Record<string, WireContainerUsage>>;
    })
  | (At & { readonly type: 'reset' })
  | (At & { readonly type: 'bye'; readonly reason: string });

export interface WirePreflight {
  readonly possible: boolean;
  readonly findings: readonly { readonly subject: string; readonly message: string }[];
  readonly container: {
    readonly status: string;
    readonly snapshots: readonly string[];
    readonly used_bytes: number | null;
  };
  readonly via: 'direct' | 'relay';
  readonly precopy: boolean;
}
