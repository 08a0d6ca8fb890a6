/** Made by openapi-typescript of /openapi.json: do not change it here, run `npm run types:client`. */
export interface paths {
  '/REST/pools': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The hosts that run containers
     * @description The hosts that run containers
     */
    get: operations['listPools'];
    put?: never;
    /**
     * Adds, removes and labels hosts, translates names for moves to them, and limits these
     * @description - `add`: Makes a host known
     *     - `map`: Translates names of other pools in all moves to this one
     *     - `unmap`: Removes translations
     *     - `label`: Sets and removes labels, and keeps the others
     *     - `limit`: Sets how many migrations copy and cut over on it at a time
     *     - `test_link`: Sends traffic from a pool to another one, and measures how much arrives
     *     - `cordon`: Takes no new containers from now on; those that are there stay
     *     - `uncordon`: Takes new containers again
     *     - `evacuate`: Empties a pool for maintenance, and answers when that has begun; with dry_run only plans it
     *     - `drain`: Empties a pool for maintenance, and answers when that has begun; with dry_run only plans it
     *     - `restore`: Brings back what an evacuation has moved and stopped, and opens the pool
     *     - `remove`: Forgets a host
     *     - `delete`: Forgets a host
     */
    post: operations['changePools'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/image': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The images of one pool, or of all pools
     * @description The images of one pool, or of all pools
     */
    get: operations['listImages'];
    put?: never;
    /**
     * Copies images
     * @description - `copy`: Copies an image to a pool, with its aliases and properties
     */
    post: operations['changeImage'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/container': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Reads containers
     * @description - `information`: The state of a container, or of all containers of the pool by name, or of a page of these
     *     - `list_containers`: The names of the containers of a pool
     *     - `list_snapshots`: The snapshots of a container, the oldest first
     *     - `console_log`: The newest part of a container's console log
     *     - `place`: The pool that a new container would get, and why the others do not suit; changes nothing
     */
    get: operations['readContainers'];
    put?: never;
    /**
     * Changes a container
     * @description - `create`: Creates a container from an image; one that the pool lacks is copied from a pool that has it
     *     - `start`: Starts it
     *     - `stop`: Shuts it down; kills it only when that takes longer than `stop_timeout`
     *     - `restart`: Shuts it down, as `stop` does, and starts it again
     *     - `freeze`: Suspends its processes
     *     - `unfreeze`: Resumes its processes
     *     - `delete`: Deletes a stopped container with its snapshots
     *     - `migrate`: Moves it to another pool, and answers when it is there; with the header `Prefer: respond-async` at once, with the path to follow it at
     *     - `rename`: Gives a stopped container another name
     *     - `copy`: Creates a second container from it on the same pool: stopped, with its snapshots, and with addresses of its own
     *     - `limits`: Limits its usage, at once and after its next start; a limit that is not given does not change
     *     - `label`: Sets and removes labels of it, and keeps the others
     *     - `attach`: Puts a stopped container on a network over several hosts, with an address that it keeps
     *     - `detach`: Takes a stopped container off a network, and frees its address
     *     - `exec`: Runs a command in it to its end, without input
     *     - `snapshot`: Takes a snapshot of it
     *     - `restore`: Restores a snapshot: later changes are lost. If it runs it is shut down, as `stop` does, and started again
     *     - `delete_snapshot`: Deletes one of its snapshots
     */
    post: operations['changeContainer'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/batch': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Changes many containers, a bounded number at a time
     * @description - `start`: Starts containers
     *     - `stop`: Shuts containers down, as `stop` of one does
     *     - `restart`: Shuts containers down, and starts them again
     *     - `snapshot`: Takes a snapshot of each container
     *     - `delete`: Deletes stopped containers with their snapshots
     */
    post: operations['changeBatch'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/exec': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * A command, or a shell, in a container over a websocket
     * @description A websocket, with the subprotocol `copa.exec`; a browser offers `copa.bearer.TOKEN` beside it.
     *
     *     Binary messages are input and output. `{"resize":{"width":100,"height":30}}` sets the terminal's size.
     *     With `interactive=false` the first byte of each output message is the number of the output, 1 or 2, and `{"end":true}` ends the input.
     *     The last message is `{"exit":0}`, with the code that the command ended with, or `{"error":"...","code":"..."}`.
     *
     *     The command is hung up on when the connection ends, in whatever way.
     */
    get: operations['exec'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/migrations': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Present and past migrations, the newest first
     * @description Present and past migrations, the newest first
     */
    get: operations['listMigrations'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/migrations/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * One migration
     * @description One migration
     */
    get: operations['readMigration'];
    put?: never;
    /**
     * Decides a migration that waits for a host which does not come back
     * @description - `resolve`: Decides which copy is valid, where the migration waits; what it costs is in `choices`
     */
    post: operations['changeMigration'];
    /**
     * Cancels a migration, while that is possible; 202 if it still goes back
     * @description Cancels a migration, while that is possible; 202 if it still goes back
     */
    delete: operations['cancelMigration'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/evacuations': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The last evacuation of each pool that was ever evacuated
     * @description The last evacuation of each pool that was ever evacuated
     */
    get: operations['listEvacuations'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/evacuations/{pool}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The last evacuation of a pool
     * @description The last evacuation of a pool
     */
    get: operations['readEvacuation'];
    put?: never;
    post?: never;
    /**
     * Ends an evacuation, or a return, early: what is not decided stays where it is
     * @description Ends an evacuation, or a return, early: what is not decided stays where it is
     */
    delete: operations['cancelEvacuation'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/network/locus': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The names of all pools
     * @description The names of all pools
     */
    get: operations['listLoci'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/network/kpilink': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Measurements of a link, the newest first
     * @description Measurements of a link, the newest first
     */
    get: operations['readKpilink'];
    put?: never;
    /**
     * Stores a measurement of a link
     * @description Stores a measurement of a link
     */
    post: operations['postKpilink'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/network/kpiresource': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Measurements of a pool's CPU and memory, the newest first
     * @description Measurements of a pool's CPU and memory, the newest first
     */
    get: operations['readKpiresource'];
    put?: never;
    /**
     * Stores a measurement of a pool's CPU and memory
     * @description Stores a measurement of a pool's CPU and memory
     */
    post: operations['postKpiresource'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/network/kpiwireless': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Measurements of a wireless station, the newest first
     * @description Measurements of a wireless station, the newest first
     */
    get: operations['readKpiwireless'];
    put?: never;
    /**
     * Stores a measurement of a wireless station
     * @description Stores a measurement of a station, or of several: a JSON list of them.
     */
    post: operations['postKpiwireless'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/network/kpicommand': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Measurements of the times of a command, the newest first
     * @description Measurements of the times of a command, the newest first
     */
    get: operations['readKpicommand'];
    put?: never;
    /**
     * Stores a measurement of the times of a command
     * @description Stores a measurement of the times of a command
     */
    post: operations['postKpicommand'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/network/configuration': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Whether containers move by themselves, and by what
     * @description Whether containers move by themselves, and by what
     */
    get: operations['readConfiguration'];
    put?: never;
    /**
     * Changes whether containers move by themselves, and by what
     * @description Changes whether containers move by themselves, and by what
     */
    post: operations['changeConfiguration'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/network/dashboard': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Means of all pools, and their containers
     * @description Means of all pools, and their containers
     */
    get: operations['readDashboard'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/network/dashboardlinks': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The newest rows of the links of a pool
     * @description The newest rows of the links of a pool
     */
    get: operations['readDashboardLinks'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/history': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What links, pools and containers were like
     * @description Means over equal steps, the oldest first. With format=csv the reply is text/csv.
     */
    get: operations['readHistory'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/networks': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The networks over several hosts
     * @description The networks over several hosts
     */
    get: operations['listNetworks'];
    put?: never;
    /**
     * Changes networks over several hosts
     * @description - `create`: Creates a network over these pools, after a check that nothing of theirs is in its way
     *     - `join`: Adds pools to a network
     *     - `leave`: Removes a network from pools on which no container uses it
     *     - `delete`: Deletes a network that no container uses, and removes from the hosts what was made for it
     */
    post: operations['changeNetworks'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/networks/{name}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * One network, its hosts and containers
     * @description One network, its hosts and containers
     */
    get: operations['readNetwork'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/ports': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The ports of hosts that lead to containers
     * @description The ports of hosts that lead to containers
     */
    get: operations['listPorts'];
    put?: never;
    /**
     * Publishes ports of containers on hosts, and gives them back
     * @description - `publish`: Publishes a port of a container on hosts of its network, on which nothing listens there
     *     - `unpublish`: Gives back a port of a container, or all of its ports
     */
    post: operations['changePorts'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/policies': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * All policies, with their last decisions
     * @description All policies, with their last decisions
     */
    get: operations['listPolicies'];
    put?: never;
    /**
     * Changes policies
     * @description - `apply`: Adds a policy, or replaces the one of its name
     *     - `replay`: What a policy would have done on recorded values; nothing happens
     *     - `pause`: Pauses a policy: it decides nothing until it is resumed
     *     - `resume`: Resumes a paused policy
     *     - `delete`: Deletes a policy; a built-in one gets its first text again
     */
    post: operations['changePolicies'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/policies/{name}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * One policy, its decisions, and what it would decide now
     * @description One policy, its decisions, and what it would decide now
     */
    get: operations['readPolicy'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/rebalance': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The last moves of rebalances, and how often the controller makes some by itself
     * @description The last moves of rebalances, and how often the controller makes some by itself
     */
    get: operations['readRebalance'];
    put?: never;
    /**
     * Plans or makes moves that bring the load of the pools into balance
     * @description - `plan`: The moves that would bring the load of the pools into balance; nothing happens
     *     - `apply`: Orders these moves, and answers when they wait in the queue
     */
    post: operations['rebalance'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/overview': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * All pools and their containers, as the controller sees them now
     * @description All pools and their containers, as the controller sees them now
     */
    get: operations['readOverview'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * A stream of server-sent events; it does not end by itself
     * @description A stream of server-sent events; it does not end by itself
     */
    get: operations['readEvents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/tokens': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The tokens for this API and for hosts that join
     * @description The tokens for this API and for hosts that join
     */
    get: operations['listTokens'];
    put?: never;
    /**
     * Creates and revokes tokens
     * @description - `create_api`: Creates a token for this API
     *     - `create_join`: Creates a token with which a host joins, once
     *     - `revoke`: Revokes a token, by its name, or by its id if it is a join token
     */
    post: operations['changeTokens'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/ca': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Which CAs are trusted, and the progress of a replacement of the CA
     * @description Which CAs are trusted, and the progress of a replacement of the CA
     */
    get: operations['readCa'];
    put?: never;
    /**
     * Replaces the CA, and certifies hosts
     * @description - `rotate`: Starts to replace the CA: both CAs are trusted until all hosts have certificates of the new one
     *     - `finish`: Ends the replacement at once: hosts without a new certificate have to join again
     *     - `issue`: Certifies the key of a host
     */
    post: operations['changeCa'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/audit': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The end of this controller's audit log, the newest last
     * @description The end of this controller's audit log, the newest last
     */
    get: operations['readAudit'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/backup': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The state of the automatic backups, and of a restore
     * @description The state of the automatic backups, and of a restore
     */
    get: operations['readBackup'];
    put?: never;
    /**
     * The data of etcd for a backup
     * @description - `export`: All data of COPA in etcd at one revision, without the cluster secret
     */
    post: operations['changeBackup'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/REST/controllers': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The controllers of this cluster
     * @description The controllers of this cluster
     */
    get: operations['listControllers'];
    put?: never;
    /**
     * Adds and removes controllers
     * @description - `init`: Gives this controller an address for others
     *     - `token`: Creates a token with which a controller joins, once
     *     - `remove`: Removes a controller; the others have to be able to go on without it
     *     - `promote`: Gives a controller that has all data its vote, which also happens by itself
     */
    post: operations['changeControllers'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/healthz': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Whether the controller serves
     * @description Whether the controller serves
     */
    get: operations['readHealth'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/readyz': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Whether the controller has all that it needs for its work
     * @description Whether the controller has all that it needs for its work
     */
    get: operations['readReadiness'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/metrics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The metrics of the controller, for Prometheus
     * @description The metrics of the controller, for Prometheus
     */
    get: operations['readMetrics'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Error: {
      error: string;
    };
    /** @description From names on other pools to names on this one, in all moves to it. */
    Translations: {
      storage: {
        [key: string]: string;
      };
      networks: {
        [key: string]: string;
      };
      profiles: {
        [key: string]: string;
      };
    };
    Labels: {
      [key: string]: string;
    };
    ListPoolsReply: {
      pools: string[][];
      /** @description Of those pools that have some, by name. */
      translations?: {
        [key: string]: components['schemas']['Translations'];
      };
      /** @description Of those pools that have some, by name. */
      labels?: {
        [key: string]: components['schemas']['Labels'];
      };
      /** @description Of those pools that have others than the defaults, by name. */
      limits?: {
        [key: string]: {
          copies: number;
          cutovers: number;
        };
      };
      /** @description Of those pools that are not active, by name. */
      scheduling?: {
        [key: string]: 'active' | 'cordoned' | 'evacuating' | 'evacuated' | 'restoring';
      };
      /** @description the `after` of the next page; null: this is the last one */
      next?: string | null;
      /** @constant */
      success: 'pools';
    };
    /**
     * add
     * @description Makes a host known
     */
    PoolAddRequest: {
      /** @constant */
      operation: 'add';
      container_pool: string;
      ip: string;
    };
    /**
     * map
     * @description Translates names of other pools in all moves to this one
     */
    PoolMapRequest: {
      /** @constant */
      operation: 'map';
      container_pool: string;
      ip?: unknown;
      /**
       * @description Names of storage pools on other pools and on this one: FROM=TO, separated by commas.
       * @example default=tank
       */
      storage?: string;
      /**
       * @description Names of networks, managed or bridges of the host on other pools and on this one: FROM=TO, separated by commas.
       * @example lxdbr0=br0
       */
      network?: string;
      /**
       * @description Names of profiles on other pools and on this one: FROM=TO, separated by commas.
       * @example web=base
       */
      profile?: string;
    };
    /**
     * unmap
     * @description Removes translations
     */
    PoolUnmapRequest: {
      /** @constant */
      operation: 'unmap';
      container_pool: string;
      ip?: unknown;
      /** @description Names of storage pools on other pools, separated by commas. */
      storage?: string;
      /** @description Names of networks on other pools, separated by commas. */
      network?: string;
      /** @description Names of profiles on other pools, separated by commas. */
      profile?: string;
    };
    /**
     * label
     * @description Sets and removes labels, and keeps the others
     */
    PoolLabelRequest: {
      /** @constant */
      operation: 'label';
      container_pool: string;
      ip?: unknown;
      /**
       * @description NAME=VALUE sets a label and NAME- removes it, separated by commas: a label's name and its value have 1 to 63 letters, digits, dots, dashes and underscores, and start and end with a letter or digit.
       * @example app=shop,old-
       */
      labels: string;
    };
    /**
     * limit
     * @description Sets how many migrations copy and cut over on it at a time
     */
    PoolLimitRequest: {
      /** @constant */
      operation: 'limit';
      container_pool: string;
      ip?: unknown;
      /** @description Migrations that copy from or to it at a time; 3 at first. */
      copies?: number | string;
      /** @description Migrations that stop a container on it, or start it there, at a time; 1 at first. */
      cutovers?: number | string;
    };
    /**
     * test_link
     * @description Sends traffic from a pool to another one, and measures how much arrives
     */
    PoolTestLinkRequest: {
      /** @constant */
      operation: 'test_link';
      /** @description The pool that sends. */
      container_pool: string;
      ip?: unknown;
      /** @description The pool that receives. */
      destination_pool: string;
      /** @description How long it sends; 5 seconds if not given. */
      seconds?: number | string;
      /** @description At most so many Mbit/s; as much as the link carries if not given. */
      mbits_max?: number | string;
    };
    /**
     * cordon
     * @description Takes no new containers from now on; those that are there stay
     */
    PoolCordonRequest: {
      /** @constant */
      operation: 'cordon';
      container_pool: string;
      ip?: unknown;
    };
    /**
     * uncordon
     * @description Takes new containers again
     */
    PoolUncordonRequest: {
      /** @constant */
      operation: 'uncordon';
      container_pool: string;
      ip?: unknown;
    };
    /**
     * evacuate
     * @description Empties a pool for maintenance, and answers when that has begun; with dry_run only plans it
     */
    PoolEvacuateRequest: {
      /** @constant */
      operation: 'evacuate';
      ip?: unknown;
      container_pool: string;
      /**
       * @description Where they go: `@any`, `@GROUP` or one pool. Each goes where it suits best.
       * @default @any
       * @example @rack2
       */
      destination_pool?: string;
      /**
       * @description For all containers: migrate, stop (it stays, and is started again by the return) or skip. Without it, `user.copa.evacuate` of each container or its profiles says so; without that it is migrated.
       * @enum {string}
       */
      action?: 'migrate' | 'stop' | 'skip';
      /**
       * @description What has not left by then is left (30m, 90s).
       * @example 30m
       */
      deadline?: number | string;
      /** @description It is stopped instead, and started by the return. */
      stop_at_deadline?: boolean | string;
      /** @description Only plan, and report what stands in the way. */
      dry_run?: boolean | string;
    };
    /**
     * drain
     * @description Empties a pool for maintenance, and answers when that has begun; with dry_run only plans it
     */
    PoolDrainRequest: {
      /** @constant */
      operation: 'drain';
      ip?: unknown;
      container_pool: string;
      /**
       * @description Where they go: `@any`, `@GROUP` or one pool. Each goes where it suits best.
       * @default @any
       * @example @rack2
       */
      destination_pool?: string;
      /**
       * @description For all containers: migrate, stop (it stays, and is started again by the return) or skip. Without it, `user.copa.evacuate` of each container or its profiles says so; without that it is migrated.
       * @enum {string}
       */
      action?: 'migrate' | 'stop' | 'skip';
      /**
       * @description What has not left by then is left (30m, 90s).
       * @example 30m
       */
      deadline?: number | string;
      /** @description It is stopped instead, and started by the return. */
      stop_at_deadline?: boolean | string;
      /** @description Only plan, and report what stands in the way. */
      dry_run?: boolean | string;
    };
    /**
     * restore
     * @description Brings back what an evacuation has moved and stopped, and opens the pool
     */
    PoolRestoreRequest: {
      /** @constant */
      operation: 'restore';
      ip?: unknown;
      container_pool: string;
      /**
       * @description skip: the pool is only opened, and nothing comes back.
       * @default migrate
       * @enum {string}
       */
      action?: 'migrate' | 'skip';
    };
    /**
     * remove
     * @description Forgets a host
     */
    PoolRemoveRequest: {
      /** @constant */
      operation: 'remove';
      container_pool: string;
      ip?: unknown;
    };
    /**
     * delete
     * @description Forgets a host
     */
    PoolDeleteRequest: {
      /** @constant */
      operation: 'delete';
      container_pool: string;
      ip?: unknown;
    };
    PoolAddReply: {
      container_pool: string;
      local_ip: string;
      /** @constant */
      success: 'Container pool added Successfully';
    };
    PoolMapReply: {
      container_pool: string;
      translations: components['schemas']['Translations'];
      /** @constant */
      success: 'Translations changed.';
    };
    PoolUnmapReply: {
      container_pool: string;
      translations: components['schemas']['Translations'];
      /** @constant */
      success: 'Translations changed.';
    };
    PoolLabelReply: {
      container_pool: string;
      labels: components['schemas']['Labels'];
      /** @constant */
      success: 'Labels changed.';
    };
    PoolLimitReply: {
      container_pool: string;
      limits: {
        copies: number;
        cutovers: number;
      };
      /** @constant */
      success: 'Limits changed.';
    };
    PoolTestLinkReply: {
      container_pool: string;
      destination_pool: string;
      /** @description Mbit/s of payload, over TLS, as a move has it. */
      throughput: number;
      bytes: number;
      /** @description From the first byte that came to the last one. */
      seconds: number;
      /** @constant */
      success: 'Link tested.';
    };
    PoolCordonReply: {
      container_pool: string;
      /** @constant */
      success: 'Pool cordoned.';
    };
    PoolUncordonReply: {
      container_pool: string;
      /** @constant */
      success: 'Pool uncordoned.';
    };
    EvacuationPlan: {
      container_pool: string;
      target: string;
      /** @description Nothing stands in the way of any container. */
      possible: boolean;
      containers: {
        container: string;
        running: boolean;
        /** @enum {string} */
        action: 'migrate' | 'stop' | 'skip';
        /** @description Null when it stays. */
        destination: string | null;
        /** @description Why it goes there. */
        reason: string | null;
        /** @description Why it cannot leave, each with the pool that it is about. */
        obstacles: {
          pool: string | null;
          message: string;
        }[];
        /** @description Differences at the destination that do not prevent it. */
        warnings: string[];
        /** @description What it uses now; 0 when it does not run. */
        memory_bytes: number;
        /** @description On disk; 0 when unknown. */
        used_bytes: number;
        /** @description Of the move alone, estimated. */
        seconds: number | null;
        /** @description Estimated; 0 when it does not run. */
        downtime_ms: number | null;
        /** @description What the estimate is from: earlier moves of this container (measured), moves of others (similar), or nothing yet (assumed). */
        basis: ('measured' | 'similar' | 'assumed') | null;
      }[];
      /** @description All moves together, estimated. */
      seconds: number;
    };
    PoolEvacuateReply:
      | {
          container_pool: string;
          target: string;
          /** @description Nothing stands in the way of any container. */
          possible: boolean;
          containers: {
            container: string;
            running: boolean;
            /** @enum {string} */
            action: 'migrate' | 'stop' | 'skip';
            /** @description Null when it stays. */
            destination: string | null;
            /** @description Why it goes there. */
            reason: string | null;
            /** @description Why it cannot leave, each with the pool that it is about. */
            obstacles: {
              pool: string | null;
              message: string;
            }[];
            /** @description Differences at the destination that do not prevent it. */
            warnings: string[];
            /** @description What it uses now; 0 when it does not run. */
            memory_bytes: number;
            /** @description On disk; 0 when unknown. */
            used_bytes: number;
            /** @description Of the move alone, estimated. */
            seconds: number | null;
            /** @description Estimated; 0 when it does not run. */
            downtime_ms: number | null;
            /** @description What the estimate is from: earlier moves of this container (measured), moves of others (similar), or nothing yet (assumed). */
            basis: ('measured' | 'similar' | 'assumed') | null;
          }[];
          /** @description All moves together, estimated. */
          seconds: number;
          /** @constant */
          success: 'Evacuation planned.';
        }
      | {
          container_pool: string;
          /** @description The path to follow it at. */
          evacuation: string;
          plan: components['schemas']['EvacuationPlan'];
          /** @constant */
          success: 'Evacuation accepted.';
        };
    PoolDrainReply:
      | {
          container_pool: string;
          target: string;
          /** @description Nothing stands in the way of any container. */
          possible: boolean;
          containers: {
            container: string;
            running: boolean;
            /** @enum {string} */
            action: 'migrate' | 'stop' | 'skip';
            /** @description Null when it stays. */
            destination: string | null;
            /** @description Why it goes there. */
            reason: string | null;
            /** @description Why it cannot leave, each with the pool that it is about. */
            obstacles: {
              pool: string | null;
              message: string;
            }[];
            /** @description Differences at the destination that do not prevent it. */
            warnings: string[];
            /** @description What it uses now; 0 when it does not run. */
            memory_bytes: number;
            /** @description On disk; 0 when unknown. */
            used_bytes: number;
            /** @description Of the move alone, estimated. */
            seconds: number | null;
            /** @description Estimated; 0 when it does not run. */
            downtime_ms: number | null;
            /** @description What the estimate is from: earlier moves of this container (measured), moves of others (similar), or nothing yet (assumed). */
            basis: ('measured' | 'similar' | 'assumed') | null;
          }[];
          /** @description All moves together, estimated. */
          seconds: number;
          /** @constant */
          success: 'Evacuation planned.';
        }
      | {
          container_pool: string;
          /** @description The path to follow it at. */
          evacuation: string;
          plan: components['schemas']['EvacuationPlan'];
          /** @constant */
          success: 'Evacuation accepted.';
        };
    PoolRestoreReply: {
      container_pool: string;
      /** @description The path to follow it at. */
      evacuation: string;
      /** @constant */
      success: 'Restore accepted.';
    };
    PoolRemoveReply: {
      container_pool: string;
      /** @constant */
      success: 'Container pool removed successfully.';
      /** @description What stays on its host, and how to clean that. */
      warning?: string;
    };
    PoolDeleteReply: {
      container_pool: string;
      /** @constant */
      success: 'Container pool removed successfully.';
      /** @description What stays on its host, and how to clean that. */
      warning?: string;
    };
    Image: {
      fingerprint: string;
      /** @description `container` or `virtual-machine`. */
      type: string;
      architecture: string;
      size_bytes: number;
      description: string | null;
      /** @description The pools that have it, with its aliases there. */
      pools: {
        [key: string]: string[];
      };
    };
    ListImagesReply: {
      /** @description From alias to fingerprint. */
      images: {
        [key: string]: string;
      };
      details?: components['schemas']['Image'][];
      /** @description the `after` of the next page; null: this is the last one */
      next?: string | null;
      warning?: string;
      /** @constant */
      success: 'Operation successful';
    };
    /**
     * copy
     * @description Copies an image to a pool, with its aliases and properties
     */
    ImageCopyRequest: {
      /** @constant */
      operation: 'copy';
      /**
       * @description An alias, a fingerprint, or the start of one.
       * @example ubuntu
       */
      image_type: string;
      /**
       * @description Where it comes from; without it, any pool that has it.
       * @example server1
       */
      image_pool?: string;
      /**
       * @description Where it goes.
       * @example server2
       */
      destination_pool: string;
    };
    ImageCopyReply: {
      /** @constant */
      success: 'Operation successful';
      fingerprint: string;
      /** @description Where it came from. */
      image_pool: string;
      destination_pool: string;
      /** @description False: it was there already. */
      copied: boolean;
      bytes: number;
      aliases_added: string[];
      /** @description Those that another image has there, and keeps. */
      aliases_taken: string[];
    };
    /** @description As the container's daemon reports it. */
    Information: {
      disk: unknown;
      memory: unknown;
      network: unknown;
      cpu?: unknown;
      warning?: string;
    };
    InformationByName: {
      [key: string]: components['schemas']['Information'];
    };
    InformationPage: {
      containers: components['schemas']['InformationByName'];
      /** @description the `after` of the next page; null: this is the last one */
      next: string | null;
    };
    ContainerInformationReply:
      | components['schemas']['Information']
      | components['schemas']['InformationByName']
      | components['schemas']['InformationPage'];
    ContainerListContainersReply: {
      containers: string[];
      /** @description the `after` of the next page; null: this is the last one */
      next?: string | null;
    };
    ContainerListSnapshotsReply: {
      snapshots: {
        name: string;
        /** Format: date-time */
        created_at: string;
      }[];
    };
    ContainerConsoleLogReply: {
      log: string;
    };
    Placement: {
      /** @description The pool; null: none is possible. */
      pool: string | null;
      reason: string | null;
      /** @description Why not, for the other pools; at most 1000 of them. */
      others: {
        pool: string;
        reason: string;
      }[];
      others_total: number;
      /** @description Better pools for a move, in their order, and what the check before it found there. */
      refused?: {
        pool: string;
        reason: string;
      }[];
    };
    /**
     * create
     * @description Creates a container from an image; one that the pool lacks is copied from a pool that has it
     */
    ContainerCreateRequest: {
      /** @constant */
      operation: 'create';
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      destination_pool?: unknown;
      image_type: string;
      /**
       * @description What it may use of the host's CPUs: a number of CPUs (2) or which ones (0-3 or 0,2) is expected; an empty text removes the limit.
       * @example 2
       */
      cpu?: string | number;
      /**
       * @description What it may use of the host's memory: a size (512MiB, 2GB), bytes (536870912) or a share (25%) is expected; an empty text removes the limit.
       * @example 512MiB
       */
      memory?: string | number;
      /** @description Start it, too. The default is false, unless the controller was started with --create-starts. */
      start?: boolean | string;
      /**
       * @description Its labels, as NAME=VALUE, separated by commas: a label's name and its value have 1 to 63 letters, digits, dots, dashes and underscores, and start and end with a letter or digit.
       * @example app=shop,tier=front
       */
      labels?: string;
      /**
       * @description A network over several hosts: a name of a network has 1 to 10 lower-case letters and digits, and starts with a letter.
       * @example lan
       */
      network?: string;
      /**
       * @description Its address there; otherwise a free one.
       * @example 10.50.0.7
       */
      ip?: string;
      /**
       * @description Only pools with these labels: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas.
       * @example ssd=true
       */
      where?: string;
      /** @description Only pools that have one of these containers: one label of them (app=web), or their names, separated by commas. */
      near?: string;
      /** @description Only pools that have none of these containers: one label of them (app=web), or their names, separated by commas. */
      apart?: string;
      /** @description Pools with the fewest of these containers: one label of them (app=web), or their names, separated by commas. */
      spread?: string;
      /** @description With `spread`: count over all pools with the same value of this label, not on each pool. */
      over?: string;
    };
    /**
     * start
     * @description Starts it
     */
    ContainerStartRequest: {
      /** @constant */
      operation: 'start';
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      destination_pool?: unknown;
      image_type?: unknown;
    };
    /**
     * stop
     * @description Shuts it down; kills it only when that takes longer than `stop_timeout`
     */
    ContainerStopRequest: {
      /** @constant */
      operation: 'stop';
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      destination_pool?: unknown;
      image_type?: unknown;
      /** @description How many seconds it may take to shut down before it is killed. */
      stop_timeout?: number | string;
    };
    /**
     * restart
     * @description Shuts it down, as `stop` does, and starts it again
     */
    ContainerRestartRequest: {
      /** @constant */
      operation: 'restart';
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      destination_pool?: unknown;
      image_type?: unknown;
      /** @description How many seconds it may take to shut down before it is killed. */
      stop_timeout?: number | string;
    };
    /**
     * freeze
     * @description Suspends its processes
     */
    ContainerFreezeRequest: {
      /** @constant */
      operation: 'freeze';
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      destination_pool?: unknown;
      image_type?: unknown;
    };
    /**
     * unfreeze
     * @description Resumes its processes
     */
    ContainerUnfreezeRequest: {
      /** @constant */
      operation: 'unfreeze';
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      destination_pool?: unknown;
      image_type?: unknown;
    };
    /**
     * delete
     * @description Deletes a stopped container with its snapshots
     */
    ContainerDeleteRequest: {
      /** @constant */
      operation: 'delete';
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      destination_pool?: unknown;
      image_type?: unknown;
    };
    /**
     * migrate
     * @description Moves it to another pool, and answers when it is there; with the header `Prefer: respond-async` at once, with the path to follow it at
     */
    ContainerMigrateRequest: {
      /** @constant */
      operation: 'migrate';
      image_type?: unknown;
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      /** @description The destination. */
      destination_pool: string;
      /** @description How many seconds it may take to shut down; if it takes longer, the migration is undone. */
      stop_timeout?: number | string;
      /** @description Kill it when it has not shut down in time. */
      force?: boolean | string;
      /** @description Move the running processes (CRIU) instead of stopping and starting it; refused if a host cannot. */
      live?: boolean | string;
      /** @description Copies made while it runs, at most; 0 stops it first. */
      passes_max?: number | string;
      /** @description Bytes a second, at most; 0 is no limit. */
      bandwidth_limit?: number | string;
      /** @description Compress on the way, for a link slower than some 20 MB/s; on a faster one it only takes longer. */
      compress?: boolean | string;
      /**
       * @description Keep the source, stopped, under this name.
       * @default
       */
      keep_source_as?: string;
      /**
       * @description It is stopped only when its predicted downtime is not longer (2s, 500ms, 1m); else more passes are made, up to passes_max, and then the move goes back.
       * @example 2s
       */
      max_downtime?: number | string;
      /** @description How many seconds it has to stay up on the destination; if it stops by itself, the move goes back. */
      settle_seconds?: number | string;
      /**
       * @description What it has to do on the destination when it has stayed up. `exec:COMMAND` runs in the container by `sh -c` and has to end with 0. `http://:PORT/PATH` has to answer with a status from 200 to 399, `tcp://:PORT` has to accept a connection; both are addresses of the container itself. It is tried again until it passes or `check_timeout` is over.
       * @default
       * @example http://:8080/health
       */
      check?: string;
      /**
       * @description The time within which the check has to pass (30s, 2m).
       * @example 30s
       */
      check_timeout?: number | string;
      /**
       * @description stay: the failure is reported. back: the source runs again, and the copy is kept, stopped, under another name; what was written there is in that copy alone.
       * @default stay
       * @enum {string}
       */
      on_check_failure?: 'stay' | 'back';
      /**
       * @description The storage pool on the destination for its root disk.
       * @default
       * @example tank
       */
      destination_storage?: string;
      /**
       * @description The network on the destination, managed or a bridge of the host: one name for all NICs, or pairs NIC=NETWORK, separated by commas.
       * @default
       * @example eth0=br0
       */
      destination_network?: string;
      /**
       * @description same: those of the same names. map: as the destination's translations say; the default, if it has some. flatten: none; what they gave is written into the container.
       * @enum {string}
       */
      profiles?: 'same' | 'map' | 'flatten';
      /**
       * @description The name that it gets on the destination: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash; without one it keeps its own.
       * @default
       */
      new_name?: string;
      /** @description In the queue of moves, the higher one goes first; of equal ones, the older one. */
      priority?: number | string;
      /** @description Only check, and report what prevents the migration. */
      dry_run?: boolean | string;
      /**
       * @description Only pools with these labels: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas.
       * @example ssd=true
       */
      where?: string;
      /** @description Only pools that have one of these containers: one label of them (app=web), or their names, separated by commas. */
      near?: string;
      /** @description Only pools that have none of these containers: one label of them (app=web), or their names, separated by commas. */
      apart?: string;
      /** @description Pools with the fewest of these containers: one label of them (app=web), or their names, separated by commas. */
      spread?: string;
      /** @description With `spread`: count over all pools with the same value of this label, not on each pool. */
      over?: string;
    };
    /**
     * rename
     * @description Gives a stopped container another name
     */
    ContainerRenameRequest: {
      /** @constant */
      operation: 'rename';
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      destination_pool?: unknown;
      image_type?: unknown;
      /**
       * @description A name that no container of the pool has: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example other-container
       */
      new_name: string;
    };
    /**
     * copy
     * @description Creates a second container from it on the same pool: stopped, with its snapshots, and with addresses of its own
     */
    ContainerCopyRequest: {
      /** @constant */
      operation: 'copy';
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      destination_pool?: unknown;
      image_type?: unknown;
      /**
       * @description A name that no container of the pool has: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example other-container
       */
      new_name: string;
    };
    /**
     * limits
     * @description Limits its usage, at once and after its next start; a limit that is not given does not change
     */
    ContainerLimitsRequest: {
      /** @constant */
      operation: 'limits';
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      destination_pool?: unknown;
      image_type?: unknown;
      /**
       * @description What it may use of the host's CPUs: a number of CPUs (2) or which ones (0-3 or 0,2) is expected; an empty text removes the limit.
       * @example 2
       */
      cpu?: string | number;
      /**
       * @description What it may use of the host's memory: a size (512MiB, 2GB), bytes (536870912) or a share (25%) is expected; an empty text removes the limit.
       * @example 512MiB
       */
      memory?: string | number;
    };
    /**
     * label
     * @description Sets and removes labels of it, and keeps the others
     */
    ContainerLabelRequest: {
      /** @constant */
      operation: 'label';
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      destination_pool?: unknown;
      image_type?: unknown;
      /**
       * @description NAME=VALUE sets a label and NAME- removes it, separated by commas: a label's name and its value have 1 to 63 letters, digits, dots, dashes and underscores, and start and end with a letter or digit.
       * @example app=shop,old-
       */
      labels: string;
    };
    /**
     * attach
     * @description Puts a stopped container on a network over several hosts, with an address that it keeps
     */
    ContainerAttachRequest: {
      /** @constant */
      operation: 'attach';
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      destination_pool?: unknown;
      image_type?: unknown;
      /**
       * @description A network over several hosts: a name of a network has 1 to 10 lower-case letters and digits, and starts with a letter.
       * @example lan
       */
      network: string;
      /**
       * @description Its address there; otherwise a free one.
       * @example 10.50.0.7
       */
      ip?: string;
      /**
       * @description The name of its interface there, instead of one from a profile.
       * @default eth0
       */
      device?: string;
    };
    /**
     * detach
     * @description Takes a stopped container off a network, and frees its address
     */
    ContainerDetachRequest: {
      /** @constant */
      operation: 'detach';
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      destination_pool?: unknown;
      image_type?: unknown;
      /**
       * @description A network over several hosts: a name of a network has 1 to 10 lower-case letters and digits, and starts with a letter.
       * @example lan
       */
      network: string;
    };
    /**
     * exec
     * @description Runs a command in it to its end, without input
     */
    ContainerExecRequest: {
      /** @constant */
      operation: 'exec';
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      destination_pool?: unknown;
      image_type?: unknown;
      command: string[] | string;
      /** @description How many seconds the command may take; then it is killed. */
      timeout?: number | string;
    };
    /**
     * snapshot
     * @description Takes a snapshot of it
     */
    ContainerSnapshotRequest: {
      /** @constant */
      operation: 'snapshot';
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      destination_pool?: unknown;
      image_type?: unknown;
      /**
       * @description The snapshot's name: a snapshot name has 1 to 255 characters, without a slash, and does not start with "copa-".
       * @example before-update
       */
      snapshot_name: string;
    };
    /**
     * restore
     * @description Restores a snapshot: later changes are lost. If it runs it is shut down, as `stop` does, and started again
     */
    ContainerRestoreRequest: {
      /** @constant */
      operation: 'restore';
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      destination_pool?: unknown;
      image_type?: unknown;
      /**
       * @description The snapshot's name: a snapshot name has 1 to 255 characters, without a slash, and does not start with "copa-".
       * @example before-update
       */
      snapshot_name: string;
      /** @description How many seconds it may take to shut down before it is killed. */
      stop_timeout?: number | string;
    };
    /**
     * delete_snapshot
     * @description Deletes one of its snapshots
     */
    ContainerDeleteSnapshotRequest: {
      /** @constant */
      operation: 'delete_snapshot';
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      destination_pool?: unknown;
      image_type?: unknown;
      /**
       * @description The snapshot's name: a snapshot name has 1 to 255 characters, without a slash, and does not start with "copa-".
       * @example before-update
       */
      snapshot_name: string;
    };
    ContainerCreateReply: {
      /** @constant */
      success: 'Container created successfully.';
      /** @description Where it is, if the request left that open. */
      container_pool?: string;
      placement?: components['schemas']['Placement'];
      /** @description Its address in the network, if it is on one. */
      ip?: string;
    };
    ContainerStartReply: {
      /** @constant */
      success: 'Operation successful';
    };
    ContainerStopReply: {
      /** @constant */
      success: 'Operation successful';
    };
    ContainerRestartReply: {
      /** @constant */
      success: 'Operation successful';
    };
    ContainerFreezeReply: {
      /** @constant */
      success: 'Operation successful';
    };
    ContainerUnfreezeReply: {
      /** @constant */
      success: 'Operation successful';
    };
    ContainerDeleteReply: {
      /** @constant */
      success: 'Operation successful';
    };
    Preflight: {
      /** @constant */
      success: 'Preflight finished.';
      possible: boolean;
      /** @description The problems that prevent it. A message ends with the options of `copa move` that would help. */
      findings: {
        subject: string;
        message: string;
      }[];
      /** @description Parameters with which the migration works better; null when none would help. */
      proposal: {
        destination_storage?: string;
        destination_network?: string;
        /** @constant */
        profiles?: 'flatten';
      } | null;
      /** @description The same as options of `copa move`. */
      flags: string | null;
      /** @description Differences at the destination that do not prevent it. */
      warnings: {
        subject: string;
        message: string;
      }[];
      /** @description On the destination's storage pool, all snapshots included. */
      space: {
        /** @description At least; null when unknown. */
        needed_bytes: number | null;
        /** @description At the most: on storage that shares blocks it is less. */
        needed_max_bytes: number | null;
        /** @description What a copy may take there. */
        available_bytes: number | null;
      };
      container: {
        status: string;
        snapshots: string[];
        used_bytes: number | null;
      };
      /** @enum {string} */
      via: 'direct' | 'relay';
      precopy: boolean;
      /** @description From earlier moves of the container; null when it is stopped before it is copied. */
      predicted_downtime: components['schemas']['PredictedDowntime'] | null;
      destination_pool?: string;
      placement?: components['schemas']['Placement'];
    };
    PredictedDowntime: {
      shutdown_ms: number;
      /** @description Null while nobody knows how much changes during a pass. */
      last_pass_ms: number | null;
      start_ms: number;
      total_ms: number | null;
      /** @description Earlier moves of the container that were used; 0: shutdown and start are assumed. */
      samples: number;
    };
    Migrated: {
      /** @constant */
      success: 'Container migrated successfully.';
      warning?: string;
      /** @description Differences at the destination. */
      warnings?: string[];
      destination_pool?: string;
      placement?: components['schemas']['Placement'];
    };
    ContainerMigrateReply: components['schemas']['Preflight'] | components['schemas']['Migrated'];
    MigrationAccepted: {
      /** @constant */
      success: 'Migration accepted.';
      id: string;
      /** @description The path to follow it at, and to cancel it. */
      migration: string;
      destination_pool?: string;
      placement?: components['schemas']['Placement'];
    };
    ContainerRenameReply: {
      /** @constant */
      success: 'Operation successful';
    };
    ContainerCopyReply: {
      /** @constant */
      success: 'Operation successful';
    };
    ContainerLimitsReply: {
      /** @constant */
      success: 'Operation successful';
    };
    ContainerLabelReply: {
      /** @constant */
      success: 'Operation successful';
    };
    ContainerAttachReply: {
      /** @constant */
      success: 'Operation successful';
      ip: string;
    };
    ContainerDetachReply: {
      /** @constant */
      success: 'Operation successful';
    };
    ContainerExecReply: {
      /** @constant */
      success: 'Operation successful';
      exit_code: number;
      stdout: string;
      stderr: string;
      /** @constant */
      truncated?: true;
    };
    ContainerSnapshotReply: {
      /** @constant */
      success: 'Operation successful';
    };
    ContainerRestoreReply: {
      /** @constant */
      success: 'Operation successful';
    };
    ContainerDeleteSnapshotReply: {
      /** @constant */
      success: 'Operation successful';
    };
    /**
     * start
     * @description Starts containers
     */
    BatchStartRequest: {
      /** @constant */
      operation: 'start';
      /**
       * @description These containers, as POOL:CONTAINER, separated by commas.
       * @example server1:web,server2:db
       */
      containers?: string;
      /** @description All containers of `container_pool`, as far as the operation applies. */
      all?: boolean | string;
      /** @description Those with these labels, as far as the operation applies: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas. */
      labels?: string;
      /** @description With `all` or `labels`: only those of these pools, separated by commas. */
      container_pool?: string;
      /** @description How many are changed at a time. */
      parallel?: number | string;
    };
    /**
     * stop
     * @description Shuts containers down, as `stop` of one does
     */
    BatchStopRequest: {
      /** @constant */
      operation: 'stop';
      /**
       * @description These containers, as POOL:CONTAINER, separated by commas.
       * @example server1:web,server2:db
       */
      containers?: string;
      /** @description All containers of `container_pool`, as far as the operation applies. */
      all?: boolean | string;
      /** @description Those with these labels, as far as the operation applies: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas. */
      labels?: string;
      /** @description With `all` or `labels`: only those of these pools, separated by commas. */
      container_pool?: string;
      /** @description How many are changed at a time. */
      parallel?: number | string;
      /** @description How many seconds it may take to shut down before it is killed. */
      stop_timeout?: number | string;
    };
    /**
     * restart
     * @description Shuts containers down, and starts them again
     */
    BatchRestartRequest: {
      /** @constant */
      operation: 'restart';
      /**
       * @description These containers, as POOL:CONTAINER, separated by commas.
       * @example server1:web,server2:db
       */
      containers?: string;
      /** @description All containers of `container_pool`, as far as the operation applies. */
      all?: boolean | string;
      /** @description Those with these labels, as far as the operation applies: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas. */
      labels?: string;
      /** @description With `all` or `labels`: only those of these pools, separated by commas. */
      container_pool?: string;
      /** @description How many are changed at a time. */
      parallel?: number | string;
      /** @description How many seconds it may take to shut down before it is killed. */
      stop_timeout?: number | string;
    };
    /**
     * snapshot
     * @description Takes a snapshot of each container
     */
    BatchSnapshotRequest: {
      /** @constant */
      operation: 'snapshot';
      /**
       * @description These containers, as POOL:CONTAINER, separated by commas.
       * @example server1:web,server2:db
       */
      containers?: string;
      /** @description All containers of `container_pool`, as far as the operation applies. */
      all?: boolean | string;
      /** @description Those with these labels, as far as the operation applies: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas. */
      labels?: string;
      /** @description With `all` or `labels`: only those of these pools, separated by commas. */
      container_pool?: string;
      /** @description How many are changed at a time. */
      parallel?: number | string;
      /**
       * @description The snapshot's name: a snapshot name has 1 to 255 characters, without a slash, and does not start with "copa-".
       * @example before-update
       */
      snapshot_name: string;
    };
    /**
     * delete
     * @description Deletes stopped containers with their snapshots
     */
    BatchDeleteRequest: {
      /** @constant */
      operation: 'delete';
      /**
       * @description These containers, as POOL:CONTAINER, separated by commas.
       * @example server1:web,server2:db
       */
      containers?: string;
      /** @description All containers of `container_pool`, as far as the operation applies. */
      all?: boolean | string;
      /** @description Those with these labels, as far as the operation applies: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas. */
      labels?: string;
      /** @description With `all` or `labels`: only those of these pools, separated by commas. */
      container_pool?: string;
      /** @description How many are changed at a time. */
      parallel?: number | string;
    };
    BatchEntry: {
      container_pool: string;
      container_name: string;
      /**
       * @description Skipped: the operation does not apply to its state.
       * @enum {string}
       */
      outcome: 'done' | 'failed' | 'skipped';
      error?: string;
      /** @description As the header `Copa-Error-Code` of a single request. */
      code?: string;
    };
    BatchStartReply: {
      /**
       * @description Only if none has failed.
       * @constant
       */
      success?: 'Operation successful';
      /** @description How many have failed. */
      warning?: string;
      containers: components['schemas']['BatchEntry'][];
      done: number;
      failed: number;
      skipped: number;
    };
    BatchStopReply: {
      /**
       * @description Only if none has failed.
       * @constant
       */
      success?: 'Operation successful';
      /** @description How many have failed. */
      warning?: string;
      containers: components['schemas']['BatchEntry'][];
      done: number;
      failed: number;
      skipped: number;
    };
    BatchRestartReply: {
      /**
       * @description Only if none has failed.
       * @constant
       */
      success?: 'Operation successful';
      /** @description How many have failed. */
      warning?: string;
      containers: components['schemas']['BatchEntry'][];
      done: number;
      failed: number;
      skipped: number;
    };
    BatchSnapshotReply: {
      /**
       * @description Only if none has failed.
       * @constant
       */
      success?: 'Operation successful';
      /** @description How many have failed. */
      warning?: string;
      containers: components['schemas']['BatchEntry'][];
      done: number;
      failed: number;
      skipped: number;
    };
    BatchDeleteReply: {
      /**
       * @description Only if none has failed.
       * @constant
       */
      success?: 'Operation successful';
      /** @description How many have failed. */
      warning?: string;
      containers: components['schemas']['BatchEntry'][];
      done: number;
      failed: number;
      skipped: number;
    };
    Migration: {
      id: string;
      container: string;
      /** @description Its name on the destination; null when it keeps its own. */
      new_name: string | null;
      source: string;
      destination: string;
      /**
       * @description The phase, which states what is already true.
       * @enum {string}
       */
      phase:
        | 'accepted'
        | 'claimed'
        | 'copied'
        | 'stopped'
        | 'synced'
        | 'verified'
        | 'started'
        | 'switched'
        | 'released'
        | 'removed'
        | 'found'
        | 'withdrawing'
        | 'reverting'
        | 'reverted'
        | 'done'
        | 'failed'
        | 'cancelled';
      /** @enum {string} */
      state: 'running' | 'done' | 'failed' | 'cancelled';
      /** @description What happens now; null when the migration has ended. */
      stage: ('prepare' | 'copy' | 'stop' | 'last pass' | 'start' | 'clean up' | 'go back') | null;
      /** @description All stages of a migration that succeeds, in order, for a progress display. */
      stages: ('prepare' | 'copy' | 'stop' | 'last pass' | 'start' | 'clean up' | 'go back')[];
      /** @description What happens now, in a few English words. */
      description: string;
      /** @description A cancellation is accepted now. */
      cancellable: boolean;
      /** @enum {string} */
      via: 'direct' | 'relay';
      live: boolean;
      /** @description As requested; null otherwise. */
      destination_storage: string | null;
      /** @description As requested; null otherwise. */
      destination_network: string | null;
      /** @description As requested; null otherwise. */
      profiles: ('same' | 'map' | 'flatten') | null;
      /** @description It is copied while it runs; otherwise its downtime includes a full copy. */
      precopy: boolean;
      passes: {
        number: number;
        kind: string;
        bytes: number;
        ms: number | null;
        outcome: string;
      }[];
      /** @description All passes together. */
      bytes: number;
      rate_bytes_per_second: number | null;
      /** @description Of the full copy in progress; null when unknown. */
      estimated_seconds_left: number | null;
      /** @description From the shutdown request until it ran again, on either host; null when it never stopped. */
      downtime_ms: number | null;
      downtime: {
        shutdown_ms: number;
        last_pass_ms: number;
        start_ms: number;
      } | null;
      /** @description The storage volumes that move with it. */
      volumes: {
        /** @description On the source. */
        storage_pool: string;
        name: string;
        /** @description The destination has a complete copy of it. */
        copied: boolean;
      }[];
      /** @description As ordered; null otherwise. */
      max_downtime_ms: number | null;
      /** @description If it were stopped now; null when it is not copied while it runs. */
      predicted_downtime: components['schemas']['PredictedDowntime'] | null;
      /** @description The check after the start on the destination; null without one. */
      check: {
        target: string;
        timeout_ms: number;
        /** @enum {string} */
        on_failure: 'stay' | 'back';
        /** @description Null before the check has ended. */
        outcome: ('passed' | 'failed' | 'skipped') | null;
        message: string | null;
      } | null;
      started_at: string;
      ended_at: string | null;
      history: {
        phase: string;
        at: string;
      }[];
      /** @description Differences at the destination that were known before. */
      warnings: string[];
      /** @description Why it went back. */
      error: string | null;
      /** @description Why the current step is being retried, or what its turn depends on; null otherwise. */
      waiting_for: string | null;
      /** @description When it began to wait, ISO 8601. */
      waiting_since: string | null;
      /** @description While it waits for its turn; null otherwise. */
      queue: {
        /**
         * @description copy: to be copied. cutover: to be shut down, and started on the destination.
         * @enum {string}
         */
        for: 'copy' | 'cutover';
        /** @description Among those that wait for the same pools, from 1. */
        place: number;
        /** @description Those whose slots are taken. */
        pools: string[];
        /** @description ISO 8601. */
        since: string;
      } | null;
      /** @description The policy that ordered it; null when a person or a program did. */
      policy: {
        name: string;
        /** @description The ID of its decision. */
        decision: string;
      } | null;
      /** @description The pool whose evacuation, or return, it belongs to; null otherwise. */
      evacuation: string | null;
      /** @description In the queue, the higher one goes first. */
      priority: number;
      /** @description The command that ends the wait when a host does not come back. */
      resolve_command: string | null;
      /** @description What a user can decide while it waits, with the consequences. */
      choices: {
        /** @enum {string} */
        keep: 'source' | 'destination';
        cost: string;
      }[];
    };
    ListMigrationsReply: {
      migrations: components['schemas']['Migration'][];
      /** @constant */
      success: 'migrations';
    };
    ReadMigrationReply: {
      id: string;
      container: string;
      /** @description Its name on the destination; null when it keeps its own. */
      new_name: string | null;
      source: string;
      destination: string;
      /**
       * @description The phase, which states what is already true.
       * @enum {string}
       */
      phase:
        | 'accepted'
        | 'claimed'
        | 'copied'
        | 'stopped'
        | 'synced'
        | 'verified'
        | 'started'
        | 'switched'
        | 'released'
        | 'removed'
        | 'found'
        | 'withdrawing'
        | 'reverting'
        | 'reverted'
        | 'done'
        | 'failed'
        | 'cancelled';
      /** @enum {string} */
      state: 'running' | 'done' | 'failed' | 'cancelled';
      /** @description What happens now; null when the migration has ended. */
      stage: ('prepare' | 'copy' | 'stop' | 'last pass' | 'start' | 'clean up' | 'go back') | null;
      /** @description All stages of a migration that succeeds, in order, for a progress display. */
      stages: ('prepare' | 'copy' | 'stop' | 'last pass' | 'start' | 'clean up' | 'go back')[];
      /** @description What happens now, in a few English words. */
      description: string;
      /** @description A cancellation is accepted now. */
      cancellable: boolean;
      /** @enum {string} */
      via: 'direct' | 'relay';
      live: boolean;
      /** @description As requested; null otherwise. */
      destination_storage: string | null;
      /** @description As requested; null otherwise. */
      destination_network: string | null;
      /** @description As requested; null otherwise. */
      profiles: ('same' | 'map' | 'flatten') | null;
      /** @description It is copied while it runs; otherwise its downtime includes a full copy. */
      precopy: boolean;
      passes: {
        number: number;
        kind: string;
        bytes: number;
        ms: number | null;
        outcome: string;
      }[];
      /** @description All passes together. */
      bytes: number;
      rate_bytes_per_second: number | null;
      /** @description Of the full copy in progress; null when unknown. */
      estimated_seconds_left: number | null;
      /** @description From the shutdown request until it ran again, on either host; null when it never stopped. */
      downtime_ms: number | null;
      downtime: {
        shutdown_ms: number;
        last_pass_ms: number;
        start_ms: number;
      } | null;
      /** @description The storage volumes that move with it. */
      volumes: {
        /** @description On the source. */
        storage_pool: string;
        name: string;
        /** @description The destination has a complete copy of it. */
        copied: boolean;
      }[];
      /** @description As ordered; null otherwise. */
      max_downtime_ms: number | null;
      /** @description If it were stopped now; null when it is not copied while it runs. */
      predicted_downtime: components['schemas']['PredictedDowntime'] | null;
      /** @description The check after the start on the destination; null without one. */
      check: {
        target: string;
        timeout_ms: number;
        /** @enum {string} */
        on_failure: 'stay' | 'back';
        /** @description Null before the check has ended. */
        outcome: ('passed' | 'failed' | 'skipped') | null;
        message: string | null;
      } | null;
      started_at: string;
      ended_at: string | null;
      history: {
        phase: string;
        at: string;
      }[];
      /** @description Differences at the destination that were known before. */
      warnings: string[];
      /** @description Why it went back. */
      error: string | null;
      /** @description Why the current step is being retried, or what its turn depends on; null otherwise. */
      waiting_for: string | null;
      /** @description When it began to wait, ISO 8601. */
      waiting_since: string | null;
      /** @description While it waits for its turn; null otherwise. */
      queue: {
        /**
         * @description copy: to be copied. cutover: to be shut down, and started on the destination.
         * @enum {string}
         */
        for: 'copy' | 'cutover';
        /** @description Among those that wait for the same pools, from 1. */
        place: number;
        /** @description Those whose slots are taken. */
        pools: string[];
        /** @description ISO 8601. */
        since: string;
      } | null;
      /** @description The policy that ordered it; null when a person or a program did. */
      policy: {
        name: string;
        /** @description The ID of its decision. */
        decision: string;
      } | null;
      /** @description The pool whose evacuation, or return, it belongs to; null otherwise. */
      evacuation: string | null;
      /** @description In the queue, the higher one goes first. */
      priority: number;
      /** @description The command that ends the wait when a host does not come back. */
      resolve_command: string | null;
      /** @description What a user can decide while it waits, with the consequences. */
      choices: {
        /** @enum {string} */
        keep: 'source' | 'destination';
        cost: string;
      }[];
      /** @constant */
      success: 'migration';
    };
    CancelMigrationReply: {
      id: string;
      container: string;
      /** @description Its name on the destination; null when it keeps its own. */
      new_name: string | null;
      source: string;
      destination: string;
      /**
       * @description The phase, which states what is already true.
       * @enum {string}
       */
      phase:
        | 'accepted'
        | 'claimed'
        | 'copied'
        | 'stopped'
        | 'synced'
        | 'verified'
        | 'started'
        | 'switched'
        | 'released'
        | 'removed'
        | 'found'
        | 'withdrawing'
        | 'reverting'
        | 'reverted'
        | 'done'
        | 'failed'
        | 'cancelled';
      /** @enum {string} */
      state: 'running' | 'done' | 'failed' | 'cancelled';
      /** @description What happens now; null when the migration has ended. */
      stage: ('prepare' | 'copy' | 'stop' | 'last pass' | 'start' | 'clean up' | 'go back') | null;
      /** @description All stages of a migration that succeeds, in order, for a progress display. */
      stages: ('prepare' | 'copy' | 'stop' | 'last pass' | 'start' | 'clean up' | 'go back')[];
      /** @description What happens now, in a few English words. */
      description: string;
      /** @description A cancellation is accepted now. */
      cancellable: boolean;
      /** @enum {string} */
      via: 'direct' | 'relay';
      live: boolean;
      /** @description As requested; null otherwise. */
      destination_storage: string | null;
      /** @description As requested; null otherwise. */
      destination_network: string | null;
      /** @description As requested; null otherwise. */
      profiles: ('same' | 'map' | 'flatten') | null;
      /** @description It is copied while it runs; otherwise its downtime includes a full copy. */
      precopy: boolean;
      passes: {
        number: number;
        kind: string;
        bytes: number;
        ms: number | null;
        outcome: string;
      }[];
      /** @description All passes together. */
      bytes: number;
      rate_bytes_per_second: number | null;
      /** @description Of the full copy in progress; null when unknown. */
      estimated_seconds_left: number | null;
      /** @description From the shutdown request until it ran again, on either host; null when it never stopped. */
      downtime_ms: number | null;
      downtime: {
        shutdown_ms: number;
        last_pass_ms: number;
        start_ms: number;
      } | null;
      /** @description The storage volumes that move with it. */
      volumes: {
        /** @description On the source. */
        storage_pool: string;
        name: string;
        /** @description The destination has a complete copy of it. */
        copied: boolean;
      }[];
      /** @description As ordered; null otherwise. */
      max_downtime_ms: number | null;
      /** @description If it were stopped now; null when it is not copied while it runs. */
      predicted_downtime: components['schemas']['PredictedDowntime'] | null;
      /** @description The check after the start on the destination; null without one. */
      check: {
        target: string;
        timeout_ms: number;
        /** @enum {string} */
        on_failure: 'stay' | 'back';
        /** @description Null before the check has ended. */
        outcome: ('passed' | 'failed' | 'skipped') | null;
        message: string | null;
      } | null;
      started_at: string;
      ended_at: string | null;
      history: {
        phase: string;
        at: string;
      }[];
      /** @description Differences at the destination that were known before. */
      warnings: string[];
      /** @description Why it went back. */
      error: string | null;
      /** @description Why the current step is being retried, or what its turn depends on; null otherwise. */
      waiting_for: string | null;
      /** @description When it began to wait, ISO 8601. */
      waiting_since: string | null;
      /** @description While it waits for its turn; null otherwise. */
      queue: {
        /**
         * @description copy: to be copied. cutover: to be shut down, and started on the destination.
         * @enum {string}
         */
        for: 'copy' | 'cutover';
        /** @description Among those that wait for the same pools, from 1. */
        place: number;
        /** @description Those whose slots are taken. */
        pools: string[];
        /** @description ISO 8601. */
        since: string;
      } | null;
      /** @description The policy that ordered it; null when a person or a program did. */
      policy: {
        name: string;
        /** @description The ID of its decision. */
        decision: string;
      } | null;
      /** @description The pool whose evacuation, or return, it belongs to; null otherwise. */
      evacuation: string | null;
      /** @description In the queue, the higher one goes first. */
      priority: number;
      /** @description The command that ends the wait when a host does not come back. */
      resolve_command: string | null;
      /** @description What a user can decide while it waits, with the consequences. */
      choices: {
        /** @enum {string} */
        keep: 'source' | 'destination';
        cost: string;
      }[];
      /** @constant */
      success: 'Migration cancelled.';
    };
    CancelMigrationReply202: {
      id: string;
      container: string;
      /** @description Its name on the destination; null when it keeps its own. */
      new_name: string | null;
      source: string;
      destination: string;
      /**
       * @description The phase, which states what is already true.
       * @enum {string}
       */
      phase:
        | 'accepted'
        | 'claimed'
        | 'copied'
        | 'stopped'
        | 'synced'
        | 'verified'
        | 'started'
        | 'switched'
        | 'released'
        | 'removed'
        | 'found'
        | 'withdrawing'
        | 'reverting'
        | 'reverted'
        | 'done'
        | 'failed'
        | 'cancelled';
      /** @enum {string} */
      state: 'running' | 'done' | 'failed' | 'cancelled';
      /** @description What happens now; null when the migration has ended. */
      stage: ('prepare' | 'copy' | 'stop' | 'last pass' | 'start' | 'clean up' | 'go back') | null;
      /** @description All stages of a migration that succeeds, in order, for a progress display. */
      stages: ('prepare' | 'copy' | 'stop' | 'last pass' | 'start' | 'clean up' | 'go back')[];
      /** @description What happens now, in a few English words. */
      description: string;
      /** @description A cancellation is accepted now. */
      cancellable: boolean;
      /** @enum {string} */
      via: 'direct' | 'relay';
      live: boolean;
      /** @description As requested; null otherwise. */
      destination_storage: string | null;
      /** @description As requested; null otherwise. */
      destination_network: string | null;
      /** @description As requested; null otherwise. */
      profiles: ('same' | 'map' | 'flatten') | null;
      /** @description It is copied while it runs; otherwise its downtime includes a full copy. */
      precopy: boolean;
      passes: {
        number: number;
        kind: string;
        bytes: number;
        ms: number | null;
        outcome: string;
      }[];
      /** @description All passes together. */
      bytes: number;
      rate_bytes_per_second: number | null;
      /** @description Of the full copy in progress; null when unknown. */
      estimated_seconds_left: number | null;
      /** @description From the shutdown request until it ran again, on either host; null when it never stopped. */
      downtime_ms: number | null;
      downtime: {
        shutdown_ms: number;
        last_pass_ms: number;
        start_ms: number;
      } | null;
      /** @description The storage volumes that move with it. */
      volumes: {
        /** @description On the source. */
        storage_pool: string;
        name: string;
        /** @description The destination has a complete copy of it. */
        copied: boolean;
      }[];
      /** @description As ordered; null otherwise. */
      max_downtime_ms: number | null;
      /** @description If it were stopped now; null when it is not copied while it runs. */
      predicted_downtime: components['schemas']['PredictedDowntime'] | null;
      /** @description The check after the start on the destination; null without one. */
      check: {
        target: string;
        timeout_ms: number;
        /** @enum {string} */
        on_failure: 'stay' | 'back';
        /** @description Null before the check has ended. */
        outcome: ('passed' | 'failed' | 'skipped') | null;
        message: string | null;
      } | null;
      started_at: string;
      ended_at: string | null;
      history: {
        phase: string;
        at: string;
      }[];
      /** @description Differences at the destination that were known before. */
      warnings: string[];
      /** @description Why it went back. */
      error: string | null;
      /** @description Why the current step is being retried, or what its turn depends on; null otherwise. */
      waiting_for: string | null;
      /** @description When it began to wait, ISO 8601. */
      waiting_since: string | null;
      /** @description While it waits for its turn; null otherwise. */
      queue: {
        /**
         * @description copy: to be copied. cutover: to be shut down, and started on the destination.
         * @enum {string}
         */
        for: 'copy' | 'cutover';
        /** @description Among those that wait for the same pools, from 1. */
        place: number;
        /** @description Those whose slots are taken. */
        pools: string[];
        /** @description ISO 8601. */
        since: string;
      } | null;
      /** @description The policy that ordered it; null when a person or a program did. */
      policy: {
        name: string;
        /** @description The ID of its decision. */
        decision: string;
      } | null;
      /** @description The pool whose evacuation, or return, it belongs to; null otherwise. */
      evacuation: string | null;
      /** @description In the queue, the higher one goes first. */
      priority: number;
      /** @description The command that ends the wait when a host does not come back. */
      resolve_command: string | null;
      /** @description What a user can decide while it waits, with the consequences. */
      choices: {
        /** @enum {string} */
        keep: 'source' | 'destination';
        cost: string;
      }[];
      /** @constant */
      success: 'Cancellation requested.';
    };
    /**
     * resolve
     * @description Decides which copy is valid, where the migration waits; what it costs is in `choices`
     */
    MigrationResolveRequest: {
      /** @constant */
      operation: 'resolve';
      /**
       * @description Whose copy is valid from now on; the other one is kept aside, stopped.
       * @enum {string}
       */
      keep: 'source' | 'destination';
    };
    MigrationResolveReply: {
      id: string;
      container: string;
      /** @description Its name on the destination; null when it keeps its own. */
      new_name: string | null;
      source: string;
      destination: string;
      /**
       * @description The phase, which states what is already true.
       * @enum {string}
       */
      phase:
        | 'accepted'
        | 'claimed'
        | 'copied'
        | 'stopped'
        | 'synced'
        | 'verified'
        | 'started'
        | 'switched'
        | 'released'
        | 'removed'
        | 'found'
        | 'withdrawing'
        | 'reverting'
        | 'reverted'
        | 'done'
        | 'failed'
        | 'cancelled';
      /** @enum {string} */
      state: 'running' | 'done' | 'failed' | 'cancelled';
      /** @description What happens now; null when the migration has ended. */
      stage: ('prepare' | 'copy' | 'stop' | 'last pass' | 'start' | 'clean up' | 'go back') | null;
      /** @description All stages of a migration that succeeds, in order, for a progress display. */
      stages: ('prepare' | 'copy' | 'stop' | 'last pass' | 'start' | 'clean up' | 'go back')[];
      /** @description What happens now, in a few English words. */
      description: string;
      /** @description A cancellation is accepted now. */
      cancellable: boolean;
      /** @enum {string} */
      via: 'direct' | 'relay';
      live: boolean;
      /** @description As requested; null otherwise. */
      destination_storage: string | null;
      /** @description As requested; null otherwise. */
      destination_network: string | null;
      /** @description As requested; null otherwise. */
      profiles: ('same' | 'map' | 'flatten') | null;
      /** @description It is copied while it runs; otherwise its downtime includes a full copy. */
      precopy: boolean;
      passes: {
        number: number;
        kind: string;
        bytes: number;
        ms: number | null;
        outcome: string;
      }[];
      /** @description All passes together. */
      bytes: number;
      rate_bytes_per_second: number | null;
      /** @description Of the full copy in progress; null when unknown. */
      estimated_seconds_left: number | null;
      /** @description From the shutdown request until it ran again, on either host; null when it never stopped. */
      downtime_ms: number | null;
      downtime: {
        shutdown_ms: number;
        last_pass_ms: number;
        start_ms: number;
      } | null;
      /** @description The storage volumes that move with it. */
      volumes: {
        /** @description On the source. */
        storage_pool: string;
        name: string;
        /** @description The destination has a complete copy of it. */
        copied: boolean;
      }[];
      /** @description As ordered; null otherwise. */
      max_downtime_ms: number | null;
      /** @description If it were stopped now; null when it is not copied while it runs. */
      predicted_downtime: components['schemas']['PredictedDowntime'] | null;
      /** @description The check after the start on the destination; null without one. */
      check: {
        target: string;
        timeout_ms: number;
        /** @enum {string} */
        on_failure: 'stay' | 'back';
        /** @description Null before the check has ended. */
        outcome: ('passed' | 'failed' | 'skipped') | null;
        message: string | null;
      } | null;
      started_at: string;
      ended_at: string | null;
      history: {
        phase: string;
        at: string;
      }[];
      /** @description Differences at the destination that were known before. */
      warnings: string[];
      /** @description Why it went back. */
      error: string | null;
      /** @description Why the current step is being retried, or what its turn depends on; null otherwise. */
      waiting_for: string | null;
      /** @description When it began to wait, ISO 8601. */
      waiting_since: string | null;
      /** @description While it waits for its turn; null otherwise. */
      queue: {
        /**
         * @description copy: to be copied. cutover: to be shut down, and started on the destination.
         * @enum {string}
         */
        for: 'copy' | 'cutover';
        /** @description Among those that wait for the same pools, from 1. */
        place: number;
        /** @description Those whose slots are taken. */
        pools: string[];
        /** @description ISO 8601. */
        since: string;
      } | null;
      /** @description The policy that ordered it; null when a person or a program did. */
      policy: {
        name: string;
        /** @description The ID of its decision. */
        decision: string;
      } | null;
      /** @description The pool whose evacuation, or return, it belongs to; null otherwise. */
      evacuation: string | null;
      /** @description In the queue, the higher one goes first. */
      priority: number;
      /** @description The command that ends the wait when a host does not come back. */
      resolve_command: string | null;
      /** @description What a user can decide while it waits, with the consequences. */
      choices: {
        /** @enum {string} */
        keep: 'source' | 'destination';
        cost: string;
      }[];
      /** @constant */
      success: 'Migration resolved.';
    };
    Evacuation: {
      container_pool: string;
      /** @enum {string} */
      phase: 'evacuating' | 'evacuated' | 'incomplete' | 'restoring' | 'restored';
      running: boolean;
      target: string;
      started_at: string;
      phase_since: string;
      deadline: string | null;
      stop_at_deadline: boolean;
      /** @description Why it is incomplete. */
      message: string | null;
      /** @description Containers with which this phase is done. */
      done: number;
      /** @description Containers of this phase. */
      total: number;
      /** @description Containers by state. */
      counts: {
        [key: string]: number;
      };
      containers: {
        container: string;
        /** @enum {string} */
        action: 'migrate' | 'stop' | 'skip';
        /** @enum {string} */
        state:
          | 'waiting'
          | 'moving'
          | 'moved'
          | 'stopping'
          | 'stopped'
          | 'skipped'
          | 'left'
          | 'returning'
          | 'starting'
          | 'returned'
          | 'untouched';
        /** @description When the evacuation began. */
        was_running: boolean;
        destination: string | null;
        /** @description Why it went there. */
        reason: string | null;
        /** @description The ID of its present or last move. */
        migration: string | null;
        /** @description Why it was left or not touched, or what failed last. */
        message: string | null;
        /** @description What happens to it now, in a few English words. */
        description: string;
      }[];
    };
    ListEvacuationsReply: {
      evacuations: components['schemas']['Evacuation'][];
      /** @constant */
      success: 'evacuations';
    };
    ReadEvacuationReply: {
      container_pool: string;
      /** @enum {string} */
      phase: 'evacuating' | 'evacuated' | 'incomplete' | 'restoring' | 'restored';
      running: boolean;
      target: string;
      started_at: string;
      phase_since: string;
      deadline: string | null;
      stop_at_deadline: boolean;
      /** @description Why it is incomplete. */
      message: string | null;
      /** @description Containers with which this phase is done. */
      done: number;
      /** @description Containers of this phase. */
      total: number;
      /** @description Containers by state. */
      counts: {
        [key: string]: number;
      };
      containers: {
        container: string;
        /** @enum {string} */
        action: 'migrate' | 'stop' | 'skip';
        /** @enum {string} */
        state:
          | 'waiting'
          | 'moving'
          | 'moved'
          | 'stopping'
          | 'stopped'
          | 'skipped'
          | 'left'
          | 'returning'
          | 'starting'
          | 'returned'
          | 'untouched';
        /** @description When the evacuation began. */
        was_running: boolean;
        destination: string | null;
        /** @description Why it went there. */
        reason: string | null;
        /** @description The ID of its present or last move. */
        migration: string | null;
        /** @description Why it was left or not touched, or what failed last. */
        message: string | null;
        /** @description What happens to it now, in a few English words. */
        description: string;
      }[];
      /** @constant */
      success: 'evacuation';
    };
    CancelEvacuationReply: {
      container_pool: string;
      /** @enum {string} */
      phase: 'evacuating' | 'evacuated' | 'incomplete' | 'restoring' | 'restored';
      running: boolean;
      target: string;
      started_at: string;
      phase_since: string;
      deadline: string | null;
      stop_at_deadline: boolean;
      /** @description Why it is incomplete. */
      message: string | null;
      /** @description Containers with which this phase is done. */
      done: number;
      /** @description Containers of this phase. */
      total: number;
      /** @description Containers by state. */
      counts: {
        [key: string]: number;
      };
      containers: {
        container: string;
        /** @enum {string} */
        action: 'migrate' | 'stop' | 'skip';
        /** @enum {string} */
        state:
          | 'waiting'
          | 'moving'
          | 'moved'
          | 'stopping'
          | 'stopped'
          | 'skipped'
          | 'left'
          | 'returning'
          | 'starting'
          | 'returned'
          | 'untouched';
        /** @description When the evacuation began. */
        was_running: boolean;
        destination: string | null;
        /** @description Why it went there. */
        reason: string | null;
        /** @description The ID of its present or last move. */
        migration: string | null;
        /** @description Why it was left or not touched, or what failed last. */
        message: string | null;
        /** @description What happens to it now, in a few English words. */
        description: string;
      }[];
      /** @constant */
      success: 'Cancellation requested.';
    };
    ListLociReply: {
      locus: string[];
      /** @constant */
      success: 'locus';
    };
    LinkMeasurement: {
      id: number;
      /** @description ISO 8601. */
      timestamp: string;
      locus1_id: string;
      locus2_id: string;
      jitter_1to2: number;
      latency_max_1to2: number;
      latency_median_1to2: number;
      latency_min_1to2: number;
      jitter_2to1: number;
      latency_max_2to1: number;
      latency_median_2to1: number;
      latency_min_2to1: number;
      throughput: number;
      /** @description Percent of the probes. */
      loss_1to2?: number;
      /** @description Percent of the probes. */
      loss_2to1?: number;
      /** @description By how many milliseconds the second host's clock is ahead; it is taken out of the latencies. */
      clock_offset?: number;
      /** @description How many milliseconds each one-way latency may be wrong, if the two directions differ. */
      uncertainty?: number;
      /** @description False: the throughput is not known, and is 0. */
      throughput_measured?: boolean;
    };
    ReadKpilinkReply: {
      measurements: components['schemas']['LinkMeasurement'][];
      /**
       * @description There are more rows than one answer may have.
       * @constant
       */
      truncated?: true;
      /** @constant */
      success: 'kpilink';
    };
    PostKpilinkRequest: {
      /**
       * @description A pool's name.
       * @example server1
       */
      locus1: string | number;
      /**
       * @description A pool's name.
       * @example server1
       */
      locus2: string | number;
      /** @description Jitter from the first pool to the second, in milliseconds. */
      jitter_1to2: number | string;
      /** @description The highest latency from the first pool to the second, in milliseconds. */
      latency_max_1to2: number | string;
      /** @description The median of the latency from the first pool to the second, in milliseconds. */
      latency_median_1to2: number | string;
      /** @description The lowest latency from the first pool to the second, in milliseconds. */
      latency_min_1to2: number | string;
      /** @description Jitter from the second pool to the first, in milliseconds. */
      jitter_2to1: number | string;
      /** @description The highest latency from the second pool to the first, in milliseconds. */
      latency_max_2to1: number | string;
      /** @description The median of the latency from the second pool to the first, in milliseconds. */
      latency_median_2to1: number | string;
      /** @description The lowest latency from the second pool to the first, in milliseconds. */
      latency_min_2to1: number | string;
      /** @description Mbit/s seen on the link. */
      throughput: number | string;
    };
    PostKpilinkReply: {
      /** @constant */
      success: 'post_kpilink';
    };
    ResourceMeasurement: {
      id: number;
      /** @description ISO 8601. */
      timestamp: string;
      locus_id: string;
      CPU: number;
      memory: number;
      /** @description Runnable processes, averaged over a minute. */
      load?: number;
      /** @description Bytes a second. */
      disk_read?: number;
      /** @description Bytes a second. */
      disk_written?: number;
      /** @description Bytes a second. */
      received?: number;
      /** @description Bytes a second. */
      sent?: number;
    };
    ReadKpiresourceReply: {
      measurements: components['schemas']['ResourceMeasurement'][];
      /**
       * @description There are more rows than one answer may have.
       * @constant
       */
      truncated?: true;
      /** @constant */
      success: 'kpiresource';
    };
    PostKpiresourceRequest: {
      /**
       * @description A pool's name.
       * @example server1
       */
      locus: string | number;
      /** @description Percent of all processors. */
      CPU: number | string;
      /** @description Percent used. */
      memory: number | string;
    };
    PostKpiresourceReply: {
      /** @constant */
      success: 'kpiresource';
    };
    WirelessMeasurement: {
      id: number;
      /** @description ISO 8601. */
      timestamp: string;
      locus_id: string;
      mac: string;
      mfb: boolean;
      tdls: boolean;
      wmm: boolean;
      authenticated: boolean;
      authorized: boolean;
      expected_throughput: string;
      inactive_time: string;
      preamble: string;
      rx_bitrate: string;
      signal: string;
      signal_avg: string;
      tx_bitrate: string;
      rx_bytes: number;
      rx_packets: number;
      tx_bytes: number;
      tx_failed: number;
      tx_retries: number;
    };
    ReadKpiwirelessReply: {
      measurements: components['schemas']['WirelessMeasurement'][];
      /**
       * @description There are more rows than one answer may have.
       * @constant
       */
      truncated?: true;
      /** @constant */
      success: 'kpiwireless';
    };
    PostKpiwirelessRequest: {
      /**
       * @description A pool's name.
       * @example server1
       */
      locus: string | number;
      mac: string | number;
      mfb: boolean | string | (0 | 1);
      tdls: boolean | string | (0 | 1);
      wmm: boolean | string | (0 | 1);
      authenticated: boolean | string | (0 | 1);
      authorized: boolean | string | (0 | 1);
      expected_throughput: string | number;
      inactive_time: string | number;
      preamble: string | number;
      rx_bitrate: string | number;
      signal: string | number;
      signal_avg: string | number;
      tx_bitrate: string | number;
      rx_bytes: number | string;
      rx_packets: number | string;
      tx_bytes: number | string;
      tx_failed: number | string;
      tx_retries: number | string;
    };
    PostKpiwirelessReply: {
      /** @constant */
      success: 'post_kpiwireless';
    };
    CommandMeasurement: {
      id: number;
      /** @description ISO 8601. */
      timestamp: string;
      locus_id: string;
      cmd: string;
      /** @enum {string} */
      cmd_type: 'v' | 'g' | '';
      proc_time: number;
      response_time: number;
    };
    ReadKpicommandReply: {
      measurements: components['schemas']['CommandMeasurement'][];
      /**
       * @description There are more rows than one answer may have.
       * @constant
       */
      truncated?: true;
      /** @constant */
      success: 'kpicommand';
    };
    PostKpicommandRequest: {
      /**
       * @description A pool's name.
       * @example server1
       */
      locus: string | number;
      cmd: string | number;
      /** @enum {string} */
      cmd_type: 'v' | 'g' | '';
      /** @description Processing time, in milliseconds. */
      proc_time: number | string;
      /** @description Response time, in milliseconds. */
      response_time: number | string;
    };
    PostKpicommandReply: {
      /** @constant */
      success: 'kpicommand';
    };
    ReadConfigurationReply: {
      configuration: {
        /** @constant */
        name: 'default';
        delegation_mode: string;
        auto_delegation_type: string;
      }[];
    };
    ChangeConfigurationRequest: {
      /**
       * @description m: people move containers. a: the controller moves them, too.
       * @enum {string}
       */
      delegation_mode?: 'm' | 'a';
      /**
       * @description By what the controller moves containers in mode a.
       * @enum {string}
       */
      auto_delegation_type?: 'threshold_cpu' | 'threshold_lat' | 'threshold_cpulat' | '';
    };
    ChangeConfigurationReply: {
      /** @constant */
      success: 'update_configuration';
      /** @description In mode a without an algorithm. */
      warning?: string;
    };
    ReadDashboardReply: {
      data: {
        name: string;
        /** @description The mean of 30 s; null: nothing was measured. */
        cpu: number | null;
        mem: number | null;
        /** @description The mean times 1024. */
        throughput: number | null;
        containers: {
          name: string;
          status: string;
        }[];
      }[];
      /** @description Which pools did not answer, and are left out. */
      warning?: string;
      /** @constant */
      success: 'dashboard';
    };
    ReadDashboardLinksReply: {
      links: {
        /** @description The pool at the other end. */
        name: string;
        /** @description Medians, away from the locus, the oldest first. */
        latency_up: number[];
        latency_down: number[];
        jitter_up: number[];
        jitter_down: number[];
      }[];
      id_last_item: number;
      wireless?: components['schemas']['WirelessMeasurement'][];
      /** @description Which pools did not answer, and are left out. */
      warning?: string;
      /** @constant */
      success: 'dashboardlinks';
    };
    HistoryRow: {
      /** @description The beginning of the step, ISO 8601; in an event, when it was measured. */
      at: string;
      /** @description Of a link, the end that measured or reported it. Of a query its label pool, or empty. */
      pool: string;
      /** @description The other end of a link. */
      peer?: string;
      container?: string;
      /** @description The labels of a series of a query, as instance="a",job="b". */
      series?: string;
      /** @description Of a query. */
      value?: number;
      jitter_1to2?: number;
      latency_max_1to2?: number;
      latency_median_1to2?: number;
      latency_min_1to2?: number;
      jitter_2to1?: number;
      latency_max_2to1?: number;
      latency_median_2to1?: number;
      latency_min_2to1?: number;
      throughput?: number;
      /** @description Percent of the probes. */
      loss_1to2?: number;
      /** @description Percent of the probes. */
      loss_2to1?: number;
      /** @description By how many milliseconds the second host's clock is ahead; it is taken out of the latencies. */
      clock_offset?: number;
      /** @description How many milliseconds each one-way latency may be wrong, if the two directions differ. */
      uncertainty?: number;
      /** @description False: the throughput is not known, and is 0. */
      throughput_measured?: boolean;
      /** @description 100 is one processor. */
      CPU?: number;
      /** @description Bytes. */
      memory?: number;
      /** @description Runnable processes, averaged over a minute. */
      load?: number;
      /** @description Bytes a second. */
      disk_read?: number;
      /** @description Bytes a second. */
      disk_written?: number;
      /** @description Bytes a second. */
      received?: number;
      /** @description Bytes a second. */
      sent?: number;
    };
    ReadHistoryReply: {
      /** @description The oldest first. */
      history: components['schemas']['HistoryRow'][];
      /** @description Seconds. */
      step: number;
      /** @description Which pools did not answer, and are left out. */
      warning?: string;
      /** @constant */
      success: 'history';
    };
    Network: {
      name: string;
      subnet: string;
      /** @description Of containers; the same address on each host. */
      gateway: string;
      /** @description The number that separates it from other networks between the hosts. */
      vni: number;
      mtu: number;
      /** @description What containers send to other hosts is encrypted. */
      encrypted: boolean;
      /** @description all: also those that come later. */
      pools: 'all' | string[];
      /** @enum {string} */
      state: 'active' | 'deleting';
      /** @description ISO 8601. */
      created_at: string;
      hosts: components['schemas']['NetworkHost'][];
      containers: components['schemas']['NetworkMember'][];
      /** @description Containers that somebody gave an address which they should not have. */
      conflicts: {
        pool: string;
        message: string;
      }[];
    };
    NetworkHost: {
      pool: string;
      /** @description Of the host itself, in the network. */
      address: string;
      /** @enum {string} */
      state: 'ready' | 'waiting' | 'failed' | 'leaving';
      problem: string | null;
    };
    NetworkMember: {
      /** @description Where frames for it are sent. */
      pool: string;
      container: string;
      address: string;
      mac: string;
      device: string;
      /** @enum {string} */
      state: 'reserved' | 'in use';
    };
    ListNetworksReply: {
      networks: components['schemas']['Network'][];
      /** @constant */
      success: 'networks';
    };
    ReadNetworkReply: {
      network: components['schemas']['Network'];
      /** @constant */
      success: 'network';
    };
    /**
     * create
     * @description Creates a network over these pools, after a check that nothing of theirs is in its way
     */
    NetworkCreateRequest: {
      /** @constant */
      operation: 'create';
      /**
       * @description A network over several hosts: a name of a network has 1 to 10 lower-case letters and digits, and starts with a letter.
       * @example lan
       */
      name: string;
      /**
       * @description a private IPv4 subnet with a prefix of 18 to 29 bits is expected, as 10.50.0.0/24. Otherwise a free one.
       * @example 10.50.0.0/24
       */
      subnet?: string;
      /**
       * @description Pools, or `@GROUP` for all of a group, separated by commas; `all`: also those that come later.
       * @default all
       * @example server1,server2
       */
      pools?: string;
      /** @description true: what containers send to other hosts is encrypted, by WireGuard. */
      encrypt?: boolean | string;
    };
    /**
     * join
     * @description Adds pools to a network
     */
    NetworkJoinRequest: {
      /** @constant */
      operation: 'join';
      /**
       * @description A network over several hosts: a name of a network has 1 to 10 lower-case letters and digits, and starts with a letter.
       * @example lan
       */
      name: string;
      /**
       * @description Pools, or `@GROUP` for all of a group, separated by commas; `all`: also those that come later.
       * @example server1,server2
       */
      pools: string;
    };
    /**
     * leave
     * @description Removes a network from pools on which no container uses it
     */
    NetworkLeaveRequest: {
      /** @constant */
      operation: 'leave';
      /**
       * @description A network over several hosts: a name of a network has 1 to 10 lower-case letters and digits, and starts with a letter.
       * @example lan
       */
      name: string;
      /**
       * @description Pools, or `@GROUP` for all of a group, separated by commas; `all`: also those that come later.
       * @example server1,server2
       */
      pools: string;
    };
    /**
     * delete
     * @description Deletes a network that no container uses, and removes from the hosts what was made for it
     */
    NetworkDeleteRequest: {
      /** @constant */
      operation: 'delete';
      /**
       * @description A network over several hosts: a name of a network has 1 to 10 lower-case letters and digits, and starts with a letter.
       * @example lan
       */
      name: string;
    };
    NetworkCreateReply: {
      network: components['schemas']['Network'];
      /** @constant */
      success: 'Network created.';
    };
    NetworkJoinReply: {
      network: components['schemas']['Network'];
      /** @constant */
      success: 'Pools joined.';
    };
    NetworkLeaveReply: {
      network: components['schemas']['Network'];
      /** @constant */
      success: 'Pools left.';
    };
    NetworkDeleteReply: {
      name: string;
      /** @constant */
      success: 'Network deleted.';
    };
    PublishedPort: {
      /** @enum {string} */
      protocol: 'tcp' | 'udp';
      /** @description Of each host. */
      port: number;
      container_port: number;
      /** @description Where the container is. */
      container_pool: string;
      container_name: string;
      network: string;
      /** @description Of the container. */
      address: string;
      /** @description all: all of the network, also those that come later. */
      pools: 'all' | string[];
      hosts: components['schemas']['PortHost'][];
    };
    PortHost: {
      pool: string;
      /** @enum {string} */
      state: 'ready' | 'waiting' | 'failed';
      /** @description Why not; or, when it is ready, which program of the host is hidden by it. */
      problem: string | null;
    };
    ListPortsReply: {
      ports: components['schemas']['PublishedPort'][];
      /** @constant */
      success: 'ports';
    };
    /**
     * publish
     * @description Publishes a port of a container on hosts of its network, on which nothing listens there
     */
    PortPublishRequest: {
      /** @constant */
      operation: 'publish';
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /** @description Of the container. */
      container_port: number | string;
      /** @description Of the hosts; otherwise the same as of the container. */
      port?: number | string;
      /**
       * @default tcp
       * @enum {string}
       */
      protocol?: 'tcp' | 'udp';
      /**
       * @description Pools, or `@GROUP` for all of a group, separated by commas; `all`: all of the network, also those that come later.
       * @default all
       * @example server1,server2
       */
      pools?: string;
      /**
       * @description A network over several hosts: a name of a network has 1 to 10 lower-case letters and digits, and starts with a letter.
       * @example lan
       */
      network?: string;
    };
    /**
     * unpublish
     * @description Gives back a port of a container, or all of its ports
     */
    PortUnpublishRequest: {
      /** @constant */
      operation: 'unpublish';
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      /**
       * @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
       * @example my-container
       */
      container_name: string;
      /** @description Of the hosts; otherwise all ports of the container. */
      port?: number | string;
      /**
       * @description Otherwise both.
       * @enum {string}
       */
      protocol?: 'tcp' | 'udp';
    };
    PortPublishReply: {
      port: components['schemas']['PublishedPort'];
      /** @constant */
      success: 'Port published.';
    };
    PortUnpublishReply: {
      ports: components['schemas']['PublishedPort'][];
      /** @constant */
      success: 'Port unpublished.';
    };
    Policy: {
      name: string;
      /** @description Grows with each change; 0: the built-in text. */
      version: number;
      /** @description The network configuration switches it. */
      built_in: boolean;
      /** @enum {string} */
      mode: 'recommend' | 'automatic';
      /**
       * @description off: built in, and not chosen by the network configuration.
       * @enum {string}
       */
      state: 'active' | 'paused' | 'off';
      /** @description ISO 8601; null for a built-in text. */
      applied_at: string | null;
      applied_by: string | null;
      last_decision: components['schemas']['PolicyDecision'] | null;
    };
    PolicyDecision: {
      /** @description Also the ID of the migration that it ordered. */
      id: string;
      policy: string;
      /** @description Of the policy; 0: the built-in text. */
      version: number;
      at: string;
      /**
       * @description refused: the move was ordered, and the check before it found an obstacle.
       * @enum {string}
       */
      outcome: 'ordered' | 'recommended' | 'refused';
      container: string;
      source: string;
      destination: string;
      reason: string;
      evidence: {
        /** @enum {string} */
        of: 'pool' | 'container' | 'link' | 'promql';
        /** @description Of promql the query. */
        measure: string;
        pool: string;
        /** @description The other end of the link. */
        peer: string | null;
        container: string | null;
        /** @enum {string} */
        aggregate: 'mean' | 'median' | 'min' | 'max';
        value: number;
        /** @description False: it had to be below the threshold. */
        above: boolean;
        threshold: number;
        window_seconds: number;
        /** @description In the window. */
        samples: number;
        /** @description The time of the first of them, ISO 8601. */
        first: string;
        last: string;
        /** @description By which the source and the destination were compared. */
        source_value: number;
        destination_value: number;
      };
      predicted_downtime_ms: number;
      /** @description Why it was refused. */
      error: string | null;
    };
    ListPoliciesReply: {
      policies: components['schemas']['Policy'][];
      /** @constant */
      success: 'policies';
    };
    ReadPolicyReply: {
      name: string;
      /** @description Grows with each change; 0: the built-in text. */
      version: number;
      /** @description The network configuration switches it. */
      built_in: boolean;
      /** @enum {string} */
      mode: 'recommend' | 'automatic';
      /**
       * @description off: built in, and not chosen by the network configuration.
       * @enum {string}
       */
      state: 'active' | 'paused' | 'off';
      /** @description ISO 8601; null for a built-in text. */
      applied_at: string | null;
      applied_by: string | null;
      last_decision: components['schemas']['PolicyDecision'] | null;
      text: string;
      /** @description The last ones, the newest first. */
      decisions: components['schemas']['PolicyDecision'][];
      /** @description What it would decide now; nothing happens. */
      now: {
        /**
         * @description idle: its condition holds nowhere. held: it holds, and something prevents a move. unknown: a query failed. move: it would move now.
         * @enum {string}
         */
        verdict: 'idle' | 'held' | 'unknown' | 'move';
        reason: string;
        container: string | null;
        source: string | null;
        destination: string | null;
      };
      /** @constant */
      success: 'policy';
    };
    /**
     * apply
     * @description Adds a policy, or replaces the one of its name
     */
    PolicyApplyRequest: {
      /** @constant */
      operation: 'apply';
      /** @description The policy, in YAML or JSON. */
      policy: string;
      /** @description Only check it. */
      dry_run?: boolean | string;
    };
    /**
     * replay
     * @description What a policy would have done on recorded values; nothing happens
     */
    PolicyReplayRequest: {
      /** @constant */
      operation: 'replay';
      /** @description The policy, in YAML or JSON. */
      policy: string;
      /**
       * @description How far back: 24h at most.
       * @default 24h
       * @example 6h
       */
      since?: string;
    };
    /**
     * pause
     * @description Pauses a policy: it decides nothing until it is resumed
     */
    PolicyPauseRequest: {
      /** @constant */
      operation: 'pause';
      /** @description The name of the policy. */
      name: string;
    };
    /**
     * resume
     * @description Resumes a paused policy
     */
    PolicyResumeRequest: {
      /** @constant */
      operation: 'resume';
      /** @description The name of the policy. */
      name: string;
    };
    /**
     * delete
     * @description Deletes a policy; a built-in one gets its first text again
     */
    PolicyDeleteRequest: {
      /** @constant */
      operation: 'delete';
      /** @description The name of the policy. */
      name: string;
    };
    PolicyApplyReply: {
      name: string;
      /** @enum {string} */
      outcome: 'created' | 'changed' | 'unchanged' | 'valid';
      /** @constant */
      success: 'Policy applied.';
    };
    PolicyReplayReply: {
      name: string;
      /** @description ISO 8601. */
      from: string;
      until: string;
      /** @description The oldest first. */
      decisions: {
        policy: string;
        at: string;
        /**
         * @description refused: the move was ordered, and the check before it found an obstacle.
         * @enum {string}
         */
        outcome: 'ordered' | 'recommended' | 'refused';
        container: string;
        source: string;
        destination: string;
        reason: string;
        evidence: {
          /** @enum {string} */
          of: 'pool' | 'container' | 'link' | 'promql';
          /** @description Of promql the query. */
          measure: string;
          pool: string;
          /** @description The other end of the link. */
          peer: string | null;
          container: string | null;
          /** @enum {string} */
          aggregate: 'mean' | 'median' | 'min' | 'max';
          value: number;
          /** @description False: it had to be below the threshold. */
          above: boolean;
          threshold: number;
          window_seconds: number;
          /** @description In the window. */
          samples: number;
          /** @description The time of the first of them, ISO 8601. */
          first: string;
          last: string;
          /** @description By which the source and the destination were compared. */
          source_value: number;
          destination_value: number;
        };
        predicted_downtime_ms: number;
        /** @description Why it was refused. */
        error: string | null;
      }[];
      /** @description The predicted downtimes together. */
      downtime_ms: number;
      /** @constant */
      success: 'Replay finished.';
    };
    PolicyPauseReply: {
      name: string;
      /** @constant */
      success: 'Policy paused.';
    };
    PolicyResumeReply: {
      name: string;
      /** @constant */
      success: 'Policy resumed.';
    };
    PolicyDeleteReply: {
      name: string;
      /** @constant */
      success: 'Policy deleted.';
    };
    ReadRebalanceReply: {
      /** @description How often the controller rebalances by itself; null: never. */
      every_seconds: number | null;
      /** @description The last moves of rebalances, the newest first. */
      moves: {
        /** @description Also the ID of the migration. */
        id: string;
        container: string;
        source: string;
        destination: string;
        /** @description ISO 8601. */
        at: string;
        /** @description By how much the more loaded one of the two pools gets less loaded, in percent. */
        gain: number;
        predicted_downtime_ms: number;
        reason: string;
        /**
         * @description refused: the check before the move found an obstacle.
         * @enum {string}
         */
        outcome: 'ordered' | 'refused';
        /** @description Why it was refused. */
        error: string | null;
        /** @description When it was seen on its old pool again: somebody else has moved it back. */
        moved_back_at: string | null;
        /**
         * @description What became of its migration; none: that is not known (any more).
         * @enum {string}
         */
        result: 'running' | 'done' | 'failed' | 'none';
      }[];
      /** @constant */
      success: 'rebalance';
    };
    /**
     * plan
     * @description The moves that would bring the load of the pools into balance; nothing happens
     */
    RebalancePlanRequest: {
      /** @constant */
      operation: 'plan';
      /**
       * @description Only these pools send and receive: `@any` or `@GROUP`.
       * @default @any
       * @example @rack1
       */
      target?: string;
      /**
       * @description How many at most; 10 by default.
       * @example 10
       */
      moves?: number | string;
      /**
       * @description The predicted downtimes of all moves together at most; 60s by default.
       * @example 60s
       */
      downtime?: number | string;
    };
    /**
     * apply
     * @description Orders these moves, and answers when they wait in the queue
     */
    RebalanceApplyRequest: {
      /** @constant */
      operation: 'apply';
      /**
       * @description Only these pools send and receive: `@any` or `@GROUP`.
       * @default @any
       * @example @rack1
       */
      target?: string;
      /**
       * @description How many at most; 10 by default.
       * @example 10
       */
      moves?: number | string;
      /**
       * @description The predicted downtimes of all moves together at most; 60s by default.
       * @example 60s
       */
      downtime?: number | string;
    };
    ProposedMove: {
      container: string;
      source: string;
      destination: string;
      /** @description By how much the more loaded one of the two pools gets less loaded, in percent. */
      gain: number;
      predicted_downtime_ms: number;
      reason: string;
    };
    RebalancePlanReply: {
      /** @description The load of each pool in balance, in percent: the mean of memory and CPU. */
      balance: number;
      /** @description The load of each pool that counts, in percent. */
      loads: {
        [key: string]: number;
      };
      /** @description More moves would pay, and the budget does not allow them. */
      more: boolean;
      /** @description Containers of overloaded pools that are left where they are. */
      held: {
        container: string;
        pool: string;
        reason: string;
      }[];
      /** @description Pools whose load is not known: their agents measured nothing lately. */
      unknown: string[];
      /** @description In the order in which they would be made. */
      moves: components['schemas']['ProposedMove'][];
      /** @constant */
      success: 'Rebalance planned.';
    };
    RebalanceMove: {
      /** @description Also the ID of the migration. */
      id: string;
      container: string;
      source: string;
      destination: string;
      /** @description ISO 8601. */
      at: string;
      /** @description By how much the more loaded one of the two pools gets less loaded, in percent. */
      gain: number;
      predicted_downtime_ms: number;
      reason: string;
      /**
       * @description refused: the check before the move found an obstacle.
       * @enum {string}
       */
      outcome: 'ordered' | 'refused';
      /** @description Why it was refused. */
      error: string | null;
      /** @description When it was seen on its old pool again: somebody else has moved it back. */
      moved_back_at: string | null;
    };
    RebalanceApplyReply: {
      /** @description The load of each pool in balance, in percent: the mean of memory and CPU. */
      balance: number;
      /** @description The load of each pool that counts, in percent. */
      loads: {
        [key: string]: number;
      };
      /** @description More moves would pay, and the budget does not allow them. */
      more: boolean;
      /** @description Containers of overloaded pools that are left where they are. */
      held: {
        container: string;
        pool: string;
        reason: string;
      }[];
      /** @description Pools whose load is not known: their agents measured nothing lately. */
      unknown: string[];
      moves: components['schemas']['RebalanceMove'][];
      /** @constant */
      success: 'Rebalance accepted.';
    };
    Overview: {
      /** @constant */
      success: 'overview';
      /** @description Resume GET /REST/events from here to miss nothing. */
      event_id: string;
      controller: {
        name: string;
        version: string;
        started_at: string;
      };
      /** @description Of all pools that the token may reach, not only those of this answer. */
      totals: {
        pools: {
          up: number;
          down: number;
          unknown: number;
        };
        /** @description Those of pools that are down are counted as they were last seen. */
        containers: number;
      };
      pools: components['schemas']['Pool'][];
      /** @description The `after` of the next page; null: this is the last one. */
      next: string | null;
    };
    Pool: {
      name: string;
      ip: string;
      /**
       * @description Down: its agent or its daemon does not answer. Unknown: not reached yet.
       * @enum {string}
       */
      state: 'up' | 'down' | 'unknown';
      /** @description Why it is down. */
      reason: string | null;
      /** @description Since when it is in this state, ISO 8601. The containers of a pool that is down are as last seen. */
      since: string;
      /** @description lxd or incus. */
      daemon: string | null;
      daemon_version: string | null;
      translations: components['schemas']['Translations'];
      labels: components['schemas']['Labels'];
      /**
       * @description All but active: it takes no new containers.
       * @enum {string}
       */
      scheduling: 'active' | 'cordoned' | 'evacuating' | 'evacuated' | 'restoring';
      containers: components['schemas']['Container'][];
    };
    Container: {
      name: string;
      /** @description As the daemon reports it: Running, Stopped, Frozen, ... */
      status: string;
      /** @description ISO 8601, to the second. */
      created_at: string | null;
      /** @description The description of its image. */
      image: string | null;
      /** @description Addresses that other machines can reach, IPv4 first. */
      addresses: string[];
      cpu_limit: string | null;
      memory_limit: string | null;
      snapshots: number;
      labels: components['schemas']['Labels'];
      /** @description The rules of its placement, which moves to `@any` and `@GROUP`, evacuations and rebalances keep. */
      rules: {
        [key: string]: string;
      };
      /** @description The ID of the migration that holds it. */
      migration: string | null;
    };
    Event:
      | {
          /** @constant */
          type: 'pool.added';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          pool: string;
          ip: string;
        }
      | {
          /** @constant */
          type: 'pool.removed';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          pool: string;
        }
      | {
          /** @constant */
          type: 'pool.translated';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          pool: string;
          translations: components['schemas']['Translations'];
        }
      | {
          /** @constant */
          type: 'pool.labelled';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          pool: string;
          labels: components['schemas']['Labels'];
        }
      | {
          /** @enum {string} */
          type: 'pool.cordoned' | 'pool.uncordoned' | 'pool.evacuating' | 'pool.evacuated' | 'pool.restoring';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          pool: string;
        }
      | {
          /** @constant */
          type: 'evacuation.progress';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          evacuation: components['schemas']['EvacuationSummary'];
        }
      | {
          /** @constant */
          type: 'pool.up';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          pool: string;
          daemon: string | null;
          daemon_version: string | null;
        }
      | {
          /** @constant */
          type: 'pool.down';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          pool: string;
          reason: string;
        }
      | {
          /** @enum {string} */
          type:
            | 'container.created'
            | 'container.started'
            | 'container.stopped'
            | 'container.frozen'
            | 'container.unfrozen'
            | 'container.changed';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          pool: string;
          container: components['schemas']['Container'];
        }
      | {
          /** @constant */
          type: 'container.renamed';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          pool: string;
          container: components['schemas']['Container'];
          old_name: string;
        }
      | {
          /** @constant */
          type: 'container.deleted';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          pool: string;
          container: {
            name: string;
          };
        }
      | {
          /** @constant */
          type: 'container.moved';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          container: string;
          source: string;
          destination: string;
          /** @description Its name on the destination, if that is another one. */
          new_name?: string;
          /** @description Its ID. */
          migration: string;
        }
      | {
          /** @enum {string} */
          type: 'migration.phase' | 'migration.progress';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          migration: components['schemas']['Migration'];
        }
      | {
          /**
           * @description Somebody gave a container an address of another one.
           * @constant
           */
          type: 'network.conflict';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          network: string;
          pool: string;
          message: string;
        }
      | {
          /**
           * @description A port of hosts leads to a container, or does so no more.
           * @enum {string}
           */
          type: 'port.published' | 'port.unpublished';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          /** @description Of the container. */
          pool: string;
          container: string;
          network: string;
          /** @enum {string} */
          protocol: 'tcp' | 'udp';
          port: number;
        }
      | {
          /** @constant */
          type: 'policy.decided';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          decision: components['schemas']['PolicyDecision'];
        }
      | {
          /** @constant */
          type: 'backup.made';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          bytes: number;
        }
      | {
          /** @constant */
          type: 'backup.failed';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          reason: string;
        }
      | {
          /** @enum {string} */
          type: 'controller.joined' | 'controller.removed' | 'controller.up' | 'controller.down';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          controller: string;
        }
      | {
          /** @enum {string} */
          type: 'rebalance.ordered' | 'rebalance.refused' | 'rebalance.moved_back';
          /** @description When the controller learned it, ISO 8601. */
          at: string;
          move: components['schemas']['RebalanceMove'];
        }
      | {
          load: components['schemas']['Load'];
          containers: {
            [key: string]: components['schemas']['ContainerUsage'];
          };
          /** @constant */
          type: 'usage';
          at: string;
          pool: string;
        }
      | {
          /** @constant */
          type: 'measurement';
          at: string;
          /** @enum {string} */
          what: 'link' | 'pool' | 'container';
          pool: string;
          /** @description Of the pool itself, or of each of its links or containers with a new value. */
          values: components['schemas']['HistoryRow'][];
        }
      | {
          /** @constant */
          type: 'reset';
        }
      | {
          /** @constant */
          type: 'bye';
          reason: string;
        };
    EvacuationSummary: {
      container_pool: string;
      /** @enum {string} */
      phase: 'evacuating' | 'evacuated' | 'incomplete' | 'restoring' | 'restored';
      running: boolean;
      target: string;
      started_at: string;
      phase_since: string;
      deadline: string | null;
      stop_at_deadline: boolean;
      /** @description Why it is incomplete. */
      message: string | null;
      /** @description Containers with which this phase is done. */
      done: number;
      /** @description Containers of this phase. */
      total: number;
      /** @description Containers by state. */
      counts: {
        [key: string]: number;
      };
    };
    Load: {
      cpus: number;
      load1: number;
      memory_total: number;
      memory_used: number;
      rx_bytes_per_second: number;
      tx_bytes_per_second: number;
    };
    ContainerUsage: {
      /** @description 100 is one processor. */
      cpu_percent: number;
      memory: number;
      rx_bytes_per_second: number;
      tx_bytes_per_second: number;
    };
    ApiToken: {
      /** @constant */
      kind: 'api';
      name: string;
      /** @enum {string} */
      role: 'viewer' | 'operator' | 'admin';
      /** @description Those that it is confined to; null: all. */
      pools: string[] | null;
      created_at: string;
      created_by: string;
      expires_at: string;
      expired: boolean;
    };
    JoinToken: {
      /** @constant */
      kind: 'join';
      id: string;
      /** @description For a controller ("copa controller join"), and no host. */
      controller: boolean;
      /** @description The only pool for which it is valid; null: any new one. */
      container_pool: string | null;
      created_at: string;
      created_by: string;
      expires_at: string;
    };
    ListTokensReply: {
      tokens: components['schemas']['ApiToken'][];
      joins: components['schemas']['JoinToken'][];
      /** @constant */
      success: 'tokens';
    };
    /**
     * create_api
     * @description Creates a token for this API
     */
    TokenCreateApiRequest: {
      /** @constant */
      operation: 'create';
      /**
       * @default api
       * @constant
       */
      kind?: 'api';
      name: string;
      /** @enum {string} */
      role: 'viewer' | 'operator' | 'admin';
      /**
       * @description How long it is valid, as 90d, 12h, 30m or 45s.
       * @default 90d
       */
      ttl?: string;
      /**
       * @description The pools that it is confined to, separated by commas; empty: all pools.
       * @default
       */
      pools?: string;
    };
    /**
     * create_join
     * @description Creates a token with which a host joins, once
     */
    TokenCreateJoinRequest: {
      /** @constant */
      operation: 'create';
      /** @constant */
      kind: 'join';
      /** @description The only pool for which it is valid. With an existing pool, its host joins again. */
      container_pool?: string;
      /**
       * @description How long it is valid, as 1h or 30m.
       * @default 1h
       */
      ttl?: string;
    };
    /**
     * revoke
     * @description Revokes a token, by its name, or by its id if it is a join token
     */
    TokenRevokeRequest: {
      /** @constant */
      operation: 'revoke';
      kind?: unknown;
      name: string;
    };
    TokenCreateApiReply: {
      /** @constant */
      kind: 'api';
      name: string;
      /** @enum {string} */
      role: 'viewer' | 'operator' | 'admin';
      /** @description Those that it is confined to; null: all. */
      pools: string[] | null;
      created_at: string;
      created_by: string;
      expires_at: string;
      expired: boolean;
      /** @description The token itself, which is shown only once. */
      token: string;
      /** @constant */
      success: 'Token created.';
    };
    TokenCreateJoinReply: {
      /** @constant */
      kind: 'join';
      id: string;
      /** @description For a controller ("copa controller join"), and no host. */
      controller: boolean;
      /** @description The only pool for which it is valid; null: any new one. */
      container_pool: string | null;
      created_at: string;
      created_by: string;
      expires_at: string;
      /** @description The token itself, which is shown only once. */
      token: string;
      /** @constant */
      success: 'Token created.';
    };
    TokenRevokeReply: {
      name: string;
      /** @constant */
      success: 'Token revoked.';
    };
    ReadCaReply: {
      authorities: {
        fingerprint: string;
        /** @description ISO 8601. */
        valid_until: string;
        /** @description New certificates come from it. */
        issues: boolean;
      }[];
      /** @description All trusted CAs, PEM. */
      bundle: string;
      /** @description When the replacement of the CA began; null: it is not being replaced. */
      rotating_since: string | null;
      pools: {
        container_pool: string;
        /** @description The fingerprint of the CA that certified its host last. */
        issuer: string | null;
        valid_until: string | null;
      }[];
      /** @description The pools whose hosts have no certificate of the new CA yet. */
      missing: string[];
      /** @constant */
      success: 'ca';
    };
    /**
     * rotate
     * @description Starts to replace the CA: both CAs are trusted until all hosts have certificates of the new one
     */
    CaRotateRequest: {
      /** @constant */
      operation: 'rotate';
    };
    /**
     * finish
     * @description Ends the replacement at once: hosts without a new certificate have to join again
     */
    CaFinishRequest: {
      /** @constant */
      operation: 'finish';
    };
    /**
     * issue
     * @description Certifies the key of a host
     */
    CaIssueRequest: {
      /** @constant */
      operation: 'issue';
      /**
       * @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
       * @example server1
       */
      container_pool: string;
      /** @description PKCS #10, PEM. */
      request: string;
    };
    CaRotateReply: {
      /** @constant */
      success: 'The CA is being replaced; both are trusted until it is finished.';
    };
    CaFinishReply: {
      /** @description The pools of these hosts. */
      missing: string[];
      /** @constant */
      success: 'Only the new CA is trusted from now on.';
    };
    CaIssueReply: {
      container_pool: string;
      /** @description Certificates, PEM. */
      certificate: string;
      /** @description Certificates, PEM. */
      ca: string;
      /** @constant */
      success: 'Certificate issued.';
    };
    AuditEntry: {
      /** @description ISO 8601. */
      at: string;
      /** @description The token's name; null without a valid token. */
      who: string | null;
      role: ('viewer' | 'operator' | 'admin') | null;
      /** @description The address it came from, or `local` for the controller's own socket. */
      from: string;
      method: string;
      path: string;
      parameters: {
        [key: string]: string;
      };
      /** @enum {string} */
      outcome: 'done' | 'refused' | 'failed' | 'opened' | 'closed';
      status: number;
      ms?: number;
      /** @description Why authentication failed. */
      reason?: string;
    };
    ReadAuditReply: {
      audit: components['schemas']['AuditEntry'][];
      /** @constant */
      success: 'audit';
    };
    ReadBackupReply: {
      /** @description The settings of automatic backups; null: there are none. */
      automatic: {
        directory: string;
        recipients: string[];
        every_seconds: number;
        keep: number;
      } | null;
      /** @description The newest automatic backup of this controller. */
      last: {
        file: string;
        /** @description ISO 8601. */
        made_at: string;
        bytes: number;
      } | null;
      /** @description Why the last attempt failed; null: it did not. */
      failure: string | null;
      /** @description After a restore, until the hosts of all its pools have reported what was revoked since. */
      restored: {
        /** @description ISO 8601. */
        restored_at: string;
        /** @description When the backup was made, ISO 8601. */
        made_at: string;
        /** @description The number of pools of the backup. */
        pools: number;
        /** @description The pools whose hosts have not reported yet. */
        waiting: string[];
        /** @description Pools that the hosts know and the backup does not: add them again. */
        found: {
          container_pool: string;
          ip: string;
        }[];
        /** @description More than half of the hosts have reported: hosts and tokens of the backup are trusted. */
        settled: boolean;
      } | null;
      /** @constant */
      success: 'backup';
    };
    /**
     * export
     * @description All data of COPA in etcd at one revision, without the cluster secret
     */
    BackupExportRequest: {
      /** @constant */
      operation: 'export';
    };
    BackupExportReply: {
      /** @description ISO 8601. */
      made_at: string;
      controller: string;
      version: string;
      revision: number;
      /** @description Keys with values that COPA has not written. */
      left_out: string[];
      /** @description Keys of CAs are encrypted, and tokens are hashes. */
      entries: {
        key: string;
        value: unknown;
        revision: number;
      }[];
      /** @constant */
      success: 'Data exported.';
    };
    Controller: {
      name: string;
      /** @description Where other controllers reach its etcd; null: it is alone, or uses an etcd of its user. */
      address: string | null;
      /**
       * @description joining: it receives the data, and has no vote yet.
       * @enum {string}
       */
      state: 'up' | 'down' | 'joining';
      /** @description It leads etcd. */
      leader: boolean;
      /** @description It answered this request. */
      this: boolean;
      /** @description Null unless it is up. */
      version: string | null;
      started_at: string | null;
      /** @description Its REST API for other machines; null: it has none, or is not up. */
      url: string | null;
    };
    ListControllersReply: {
      controllers: components['schemas']['Controller'][];
      /** @constant */
      success: 'controllers';
    };
    /**
     * init
     * @description Gives this controller an address for others
     */
    ControllerInitRequest: {
      /** @constant */
      operation: 'init';
      /** @description Where other controllers reach this one, IPv4 or IPv4:PORT; needed with several addresses. */
      address?: string;
    };
    /**
     * token
     * @description Creates a token with which a controller joins, once
     */
    ControllerTokenRequest: {
      /** @constant */
      operation: 'token';
      /**
       * @description How long it is valid, as 1h or 30m; a day at most.
       * @default 15m
       */
      ttl?: string;
    };
    /**
     * remove
     * @description Removes a controller; the others have to be able to go on without it
     */
    ControllerRemoveRequest: {
      /** @constant */
      operation: 'remove';
      /** @description Its name, or its address for other controllers. */
      name: string;
      /** @description One controller may be left, which nothing replaces. */
      alone?: boolean | string;
    };
    /**
     * promote
     * @description Gives a controller that has all data its vote, which also happens by itself
     */
    ControllerPromoteRequest: {
      /** @constant */
      operation: 'promote';
      /** @description Its name, or its address for other controllers. */
      name: string;
    };
    ControllerInitReply: {
      address: string;
      /** @constant */
      success: 'Controller open for others.';
    };
    ControllerTokenReply: {
      id: string;
      /** @description ISO 8601. */
      expires_at: string;
      /** @description The token itself, which is shown only once. */
      token: string;
      /** @constant */
      success: 'Token created.';
    };
    ControllerRemoveReply: {
      name: string;
      /** @constant */
      success: 'Controller removed.';
    };
    ControllerPromoteReply: {
      name: string;
      /** @constant */
      success: 'Controller promoted.';
    };
    ReadHealthReply: {
      /** @constant */
      success: 'The controller serves.';
    };
    ReadReadinessReply: {
      /** @constant */
      success: 'The controller is ready.';
      /** @description `ok`, or what is wrong, for each. */
      checks: {
        [key: string]: string;
      };
    };
    ReadReadinessReply503: {
      /** @description All problems. */
      error: string;
      /** @description `ok`, or what is wrong, for each. */
      checks: {
        [key: string]: string;
      };
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: {
    /** @description The kind of failure, more precise than the status; only if it is known. */
    ErrorCode:
      | 'invalid_argument'
      | 'unauthenticated'
      | 'permission_denied'
      | 'not_found'
      | 'already_exists'
      | 'failed_precondition'
      | 'aborted'
      | 'cancelled'
      | 'resource_exhausted'
      | 'unavailable'
      | 'deadline_exceeded'
      | 'internal'
      | 'unimplemented';
  };
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  listPools: {
    parameters: {
      query?: {
        /** @description the largest number of entries in the reply, which then has `next` */
        limit?: number | string;
        /** @description continue after this name: the `next` of the page before */
        after?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ListPoolsReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  changePools: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json':
          | components['schemas']['PoolAddRequest']
          | components['schemas']['PoolMapRequest']
          | components['schemas']['PoolUnmapRequest']
          | components['schemas']['PoolLabelRequest']
          | components['schemas']['PoolLimitRequest']
          | components['schemas']['PoolTestLinkRequest']
          | components['schemas']['PoolCordonRequest']
          | components['schemas']['PoolUncordonRequest']
          | components['schemas']['PoolEvacuateRequest']
          | components['schemas']['PoolDrainRequest']
          | components['schemas']['PoolRestoreRequest']
          | components['schemas']['PoolRemoveRequest']
          | components['schemas']['PoolDeleteRequest'];
        'application/x-www-form-urlencoded':
          | components['schemas']['PoolAddRequest']
          | components['schemas']['PoolMapRequest']
          | components['schemas']['PoolUnmapRequest']
          | components['schemas']['PoolLabelRequest']
          | components['schemas']['PoolLimitRequest']
          | components['schemas']['PoolTestLinkRequest']
          | components['schemas']['PoolCordonRequest']
          | components['schemas']['PoolUncordonRequest']
          | components['schemas']['PoolEvacuateRequest']
          | components['schemas']['PoolDrainRequest']
          | components['schemas']['PoolRestoreRequest']
          | components['schemas']['PoolRemoveRequest']
          | components['schemas']['PoolDeleteRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            | components['schemas']['PoolAddReply']
            | components['schemas']['PoolMapReply']
            | components['schemas']['PoolUnmapReply']
            | components['schemas']['PoolLabelReply']
            | components['schemas']['PoolLimitReply']
            | components['schemas']['PoolTestLinkReply']
            | components['schemas']['PoolCordonReply']
            | components['schemas']['PoolUncordonReply']
            | components['schemas']['PoolEvacuateReply']
            | components['schemas']['PoolDrainReply']
            | components['schemas']['PoolRestoreReply']
            | components['schemas']['PoolRemoveReply']
            | components['schemas']['PoolDeleteReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listImages: {
    parameters: {
      query?: {
        image_pool?: string;
        container_pool?: string;
        /** @description Also `details`: where each image is. Without paging. */
        details?: boolean | string;
        /** @description the largest number of entries in the reply, which then has `next` */
        limit?: number | string;
        /** @description continue after this name: the `next` of the page before */
        after?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ListImagesReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  changeImage: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ImageCopyRequest'];
        'application/x-www-form-urlencoded': components['schemas']['ImageCopyRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ImageCopyReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readContainers: {
    parameters: {
      query: {
        operation: 'information' | 'list_containers' | 'list_snapshots' | 'console_log' | 'place';
        /** @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash. */
        container_name?: string;
        /** @description `@any`, `@GROUP` or one pool. */
        container_pool: string;
        /** @description the largest number of entries in the reply, which then has `next` */
        limit?: number | string;
        /** @description continue after this name: the `next` of the page before */
        after?: string;
        /** @description What it may use of the host's memory: a size (512MiB, 2GB), bytes (536870912) or a share (25%) is expected; an empty text removes the limit. */
        memory?: string | number;
        /** @description What has to be free, as a size. */
        disk?: string;
        /** @description Only pools with these labels: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas. */
        where?: string;
        /** @description Only pools that have one of these containers: one label of them (app=web), or their names, separated by commas. */
        near?: string;
        /** @description Only pools that have none of these containers: one label of them (app=web), or their names, separated by commas. */
        apart?: string;
        /** @description Pools with the fewest of these containers: one label of them (app=web), or their names, separated by commas. */
        spread?: string;
        /** @description With `spread`: count over all pools with the same value of this label, not on each pool. */
        over?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            | components['schemas']['ContainerInformationReply']
            | components['schemas']['ContainerListContainersReply']
            | components['schemas']['ContainerListSnapshotsReply']
            | components['schemas']['ContainerConsoleLogReply']
            | components['schemas']['Placement'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  changeContainer: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json':
          | components['schemas']['ContainerCreateRequest']
          | components['schemas']['ContainerStartRequest']
          | components['schemas']['ContainerStopRequest']
          | components['schemas']['ContainerRestartRequest']
          | components['schemas']['ContainerFreezeRequest']
          | components['schemas']['ContainerUnfreezeRequest']
          | components['schemas']['ContainerDeleteRequest']
          | components['schemas']['ContainerMigrateRequest']
          | components['schemas']['ContainerRenameRequest']
          | components['schemas']['ContainerCopyRequest']
          | components['schemas']['ContainerLimitsRequest']
          | components['schemas']['ContainerLabelRequest']
          | components['schemas']['ContainerAttachRequest']
          | components['schemas']['ContainerDetachRequest']
          | components['schemas']['ContainerExecRequest']
          | components['schemas']['ContainerSnapshotRequest']
          | components['schemas']['ContainerRestoreRequest']
          | components['schemas']['ContainerDeleteSnapshotRequest'];
        'application/x-www-form-urlencoded':
          | components['schemas']['ContainerCreateRequest']
          | components['schemas']['ContainerStartRequest']
          | components['schemas']['ContainerStopRequest']
          | components['schemas']['ContainerRestartRequest']
          | components['schemas']['ContainerFreezeRequest']
          | components['schemas']['ContainerUnfreezeRequest']
          | components['schemas']['ContainerDeleteRequest']
          | components['schemas']['ContainerMigrateRequest']
          | components['schemas']['ContainerRenameRequest']
          | components['schemas']['ContainerCopyRequest']
          | components['schemas']['ContainerLimitsRequest']
          | components['schemas']['ContainerLabelRequest']
          | components['schemas']['ContainerAttachRequest']
          | components['schemas']['ContainerDetachRequest']
          | components['schemas']['ContainerExecRequest']
          | components['schemas']['ContainerSnapshotRequest']
          | components['schemas']['ContainerRestoreRequest']
          | components['schemas']['ContainerDeleteSnapshotRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            | components['schemas']['ContainerCreateReply']
            | components['schemas']['ContainerStartReply']
            | components['schemas']['ContainerStopReply']
            | components['schemas']['ContainerRestartReply']
            | components['schemas']['ContainerFreezeReply']
            | components['schemas']['ContainerUnfreezeReply']
            | components['schemas']['ContainerDeleteReply']
            | components['schemas']['ContainerMigrateReply']
            | components['schemas']['ContainerRenameReply']
            | components['schemas']['ContainerCopyReply']
            | components['schemas']['ContainerLimitsReply']
            | components['schemas']['ContainerLabelReply']
            | components['schemas']['ContainerAttachReply']
            | components['schemas']['ContainerDetachReply']
            | components['schemas']['ContainerExecReply']
            | components['schemas']['ContainerSnapshotReply']
            | components['schemas']['ContainerRestoreReply']
            | components['schemas']['ContainerDeleteSnapshotReply'];
        };
      };
      /** @description Started */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['MigrationAccepted'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  changeBatch: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json':
          | components['schemas']['BatchStartRequest']
          | components['schemas']['BatchStopRequest']
          | components['schemas']['BatchRestartRequest']
          | components['schemas']['BatchSnapshotRequest']
          | components['schemas']['BatchDeleteRequest'];
        'application/x-www-form-urlencoded':
          | components['schemas']['BatchStartRequest']
          | components['schemas']['BatchStopRequest']
          | components['schemas']['BatchRestartRequest']
          | components['schemas']['BatchSnapshotRequest']
          | components['schemas']['BatchDeleteRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            | components['schemas']['BatchStartReply']
            | components['schemas']['BatchStopReply']
            | components['schemas']['BatchRestartReply']
            | components['schemas']['BatchSnapshotReply']
            | components['schemas']['BatchDeleteReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  exec: {
    parameters: {
      query: {
        /** @description The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit. */
        container_pool: string;
        /** @description The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash. */
        container_name: string;
        /** @description The program and its arguments; the container's shell if there is none. */
        command?: string[] | string;
        /** @description On a terminal. Else with plain streams, for programs: outputs apart, and input that ends. */
        interactive?: boolean | string;
        /** @description The terminal's columns. */
        width?: number | string;
        /** @description The terminal's lines. */
        height?: number | string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Started: messages follow */
      101: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      default: {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listMigrations: {
    parameters: {
      query?: {
        container_name?: string;
        limit?: number | string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ListMigrationsReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readMigration: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadMigrationReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  changeMigration: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['MigrationResolveRequest'];
        'application/x-www-form-urlencoded': components['schemas']['MigrationResolveRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['MigrationResolveReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  cancelMigration: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CancelMigrationReply'];
        };
      };
      /** @description Started */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CancelMigrationReply202'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listEvacuations: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ListEvacuationsReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readEvacuation: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        pool: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadEvacuationReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  cancelEvacuation: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        pool: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CancelEvacuationReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listLoci: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ListLociReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readKpilink: {
    parameters: {
      query: {
        /** @description A pool's name. */
        locus: string | number;
        /** @description Only so many of the newest rows; empty or absent: all that are kept, up to 10,000. */
        last?: '' | (number | string);
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadKpilinkReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  postKpilink: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PostKpilinkRequest'];
        'application/x-www-form-urlencoded': components['schemas']['PostKpilinkRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PostKpilinkReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readKpiresource: {
    parameters: {
      query: {
        /** @description A pool's name. */
        locus: string | number;
        /** @description Only so many of the newest rows; empty or absent: all that are kept, up to 10,000. */
        last?: '' | (number | string);
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadKpiresourceReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  postKpiresource: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PostKpiresourceRequest'];
        'application/x-www-form-urlencoded': components['schemas']['PostKpiresourceRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PostKpiresourceReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readKpiwireless: {
    parameters: {
      query: {
        /** @description A pool's name. */
        locus: string | number;
        /** @description Only so many of the newest rows; empty or absent: all that are kept, up to 10,000. */
        last?: '' | (number | string);
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadKpiwirelessReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  postKpiwireless: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PostKpiwirelessRequest'];
        'application/x-www-form-urlencoded': components['schemas']['PostKpiwirelessRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PostKpiwirelessReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readKpicommand: {
    parameters: {
      query: {
        /** @description A pool's name. */
        locus: string | number;
        /** @description Only so many of the newest rows; empty or absent: all that are kept, up to 10,000. */
        last?: '' | (number | string);
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadKpicommandReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  postKpicommand: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PostKpicommandRequest'];
        'application/x-www-form-urlencoded': components['schemas']['PostKpicommandRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PostKpicommandReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readConfiguration: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadConfigurationReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  changeConfiguration: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ChangeConfigurationRequest'];
        'application/x-www-form-urlencoded': components['schemas']['ChangeConfigurationRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChangeConfigurationReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readDashboard: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadDashboardReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readDashboardLinks: {
    parameters: {
      query: {
        /** @description A pool's name. */
        locus: string | number;
        /** @description Only rows with higher ids. */
        id_last_item: number | string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadDashboardLinksReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readHistory: {
    parameters: {
      query: {
        what: 'link' | 'pool' | 'container' | 'promql';
        /** @description In PromQL, of the Prometheus server of --prometheus; for what=promql. */
        query?: string;
        /** @description Of this pool; absent: of all. */
        container_pool?: string;
        /** @description Of this container; for what=container. */
        container_name?: string;
        /** @description Of the links to this pool; for what=link. */
        peer?: string;
        /** @description ISO 8601, or a time before now as 24h or 30d. The last day has values of 5 s, 30 days those of 5 minutes. */
        since?: string;
        /** @description ISO 8601, or a time before now as 24h or 30d. Absent: now. */
        until?: string;
        /** @description One value is the mean of so long a time: 5s and more. Absent: a step for 720 values at most. */
        step?: string;
        format?: 'json' | 'csv';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadHistoryReply'];
          'text/csv': string;
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listNetworks: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ListNetworksReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  changeNetworks: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json':
          | components['schemas']['NetworkCreateRequest']
          | components['schemas']['NetworkJoinRequest']
          | components['schemas']['NetworkLeaveRequest']
          | components['schemas']['NetworkDeleteRequest'];
        'application/x-www-form-urlencoded':
          | components['schemas']['NetworkCreateRequest']
          | components['schemas']['NetworkJoinRequest']
          | components['schemas']['NetworkLeaveRequest']
          | components['schemas']['NetworkDeleteRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            | components['schemas']['NetworkCreateReply']
            | components['schemas']['NetworkJoinReply']
            | components['schemas']['NetworkLeaveReply']
            | components['schemas']['NetworkDeleteReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readNetwork: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadNetworkReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listPorts: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ListPortsReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  changePorts: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json':
          components['schemas']['PortPublishRequest'] | components['schemas']['PortUnpublishRequest'];
        'application/x-www-form-urlencoded':
          components['schemas']['PortPublishRequest'] | components['schemas']['PortUnpublishRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            components['schemas']['PortPublishReply'] | components['schemas']['PortUnpublishReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listPolicies: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ListPoliciesReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  changePolicies: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json':
          | components['schemas']['PolicyApplyRequest']
          | components['schemas']['PolicyReplayRequest']
          | components['schemas']['PolicyPauseRequest']
          | components['schemas']['PolicyResumeRequest']
          | components['schemas']['PolicyDeleteRequest'];
        'application/x-www-form-urlencoded':
          | components['schemas']['PolicyApplyRequest']
          | components['schemas']['PolicyReplayRequest']
          | components['schemas']['PolicyPauseRequest']
          | components['schemas']['PolicyResumeRequest']
          | components['schemas']['PolicyDeleteRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            | components['schemas']['PolicyApplyReply']
            | components['schemas']['PolicyReplayReply']
            | components['schemas']['PolicyPauseReply']
            | components['schemas']['PolicyResumeReply']
            | components['schemas']['PolicyDeleteReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readPolicy: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadPolicyReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readRebalance: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadRebalanceReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  rebalance: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json':
          components['schemas']['RebalancePlanRequest'] | components['schemas']['RebalanceApplyRequest'];
        'application/x-www-form-urlencoded':
          components['schemas']['RebalancePlanRequest'] | components['schemas']['RebalanceApplyRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            components['schemas']['RebalancePlanReply'] | components['schemas']['RebalanceApplyReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readOverview: {
    parameters: {
      query?: {
        /** @description Only this pool. */
        container_pool?: string;
        /** @description Pools in one answer, at most. */
        limit?: number | string;
        /** @description Only containers with these labels: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas. */
        labels?: string;
        /** @description Continue after the pool of this name: the `next` of the page before. */
        after?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Overview'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readEvents: {
    parameters: {
      query?: {
        /** @description Only events of these pools, separated by commas. */
        container_pool?: string;
        /** @description Only events of these types, separated by commas: whole ones (container.started) or the first part (container). */
        type?: string;
        /** @description Also send every 2 s what these pools and their containers use; for 200 pools at most. */
        usage?: boolean | string;
        /** @description Usage and measurements of these pools only, separated by commas, for a client that shows some pools and follows all. */
        usage_pool?: string;
        /** @description Also send the newest measured values every 5 s: link, pool and container, separated by commas; for 200 pools at most. */
        measurements?: string;
        /** @description Continue after this event. The header Last-Event-ID does the same and takes precedence. */
        last_event_id?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/event-stream': string;
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listTokens: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ListTokensReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  changeTokens: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json':
          | components['schemas']['TokenCreateApiRequest']
          | components['schemas']['TokenCreateJoinRequest']
          | components['schemas']['TokenRevokeRequest'];
        'application/x-www-form-urlencoded':
          | components['schemas']['TokenCreateApiRequest']
          | components['schemas']['TokenCreateJoinRequest']
          | components['schemas']['TokenRevokeRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            | components['schemas']['TokenCreateApiReply']
            | components['schemas']['TokenCreateJoinReply']
            | components['schemas']['TokenRevokeReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readCa: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadCaReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  changeCa: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json':
          | components['schemas']['CaRotateRequest']
          | components['schemas']['CaFinishRequest']
          | components['schemas']['CaIssueRequest'];
        'application/x-www-form-urlencoded':
          | components['schemas']['CaRotateRequest']
          | components['schemas']['CaFinishRequest']
          | components['schemas']['CaIssueRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            | components['schemas']['CaRotateReply']
            | components['schemas']['CaFinishReply']
            | components['schemas']['CaIssueReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readAudit: {
    parameters: {
      query?: {
        limit?: number | string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadAuditReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readBackup: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadBackupReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  changeBackup: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['BackupExportRequest'];
        'application/x-www-form-urlencoded': components['schemas']['BackupExportRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BackupExportReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listControllers: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ListControllersReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  changeControllers: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json':
          | components['schemas']['ControllerInitRequest']
          | components['schemas']['ControllerTokenRequest']
          | components['schemas']['ControllerRemoveRequest']
          | components['schemas']['ControllerPromoteRequest'];
        'application/x-www-form-urlencoded':
          | components['schemas']['ControllerInitRequest']
          | components['schemas']['ControllerTokenRequest']
          | components['schemas']['ControllerRemoveRequest']
          | components['schemas']['ControllerPromoteRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            | components['schemas']['ControllerInitReply']
            | components['schemas']['ControllerTokenReply']
            | components['schemas']['ControllerRemoveReply']
            | components['schemas']['ControllerPromoteReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readHealth: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadHealthReply'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readReadiness: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadReadinessReply'];
        };
      };
      /** @description Not ready */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReadReadinessReply503'];
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  readMetrics: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/plain': string;
        };
      };
      /** @description Refused: nothing has changed */
      '4XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
      /** @description A host, etcd or the controller failed */
      '5XX': {
        headers: {
          'X-Copa-Error': components['headers']['ErrorCode'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
}
