/**
 * Every key that COPA keeps in etcd.
 *
 *   /copa/
 *     pools/POOL               {name, address, addedAt}            a host that runs containers
 *     addresses/IP:PORT        {pool}                              no two pools share an address
 *     busy/POOL/CONTAINER      {migration, source, destination, isOldCopy}  exists while a migration holds that name there
 *     uses/POOL/ID             {migration, source, destination}    a migration still needs that pool, and no name there
 *     slots/POOL/KIND/N        {migration, source, destination}    a migration copies, or cuts over, on that pool (model/slots.ts)
 *     migrations/ID            the migration's record
 *     cancellations/ID         {at}                                somebody asked in time to cancel it
 *     resolutions/ID           {keep, at}                          somebody decided for one of its two copies
 *     evacuations/POOL         {id, phase, items, runner, ...}     the last evacuation of a pool, and its return
 *     evacuation-claims/POOL   {run}                               while it runs; its revision fences its commands
 *     evacuation-turn          {pool}                              changed by each that begins: one after the other
 *     tokens/NAME              {name, id, sha256, role, pools, ...}  who may use REST; of its secret only the hash
 *     controllers/ID           {name, pid, startedAt}              under a lease: gone soon after its controller
 *     living/RUN               {name, version, startedAt, address, url}  under a lease, as above: a process of a controller
 *     joins/ID                 {id, sha256, pool, expiresAt, used, ...}  a token to join with; of its secret only the hash
 *     trust/authorities        {authorities, changedAt}            the CAs: certificates, and keys under a seal
 *     trust/revocations/POOL   {issuedUntilMs}                     no certificate of POOL counts that is not younger
 *     delegation               {mode, algorithm}                    whether containers move by themselves, and by what
 *     policies/NAME            {name, text, version, paused, ...}  moves containers by measurements
 *     decisions/NAME           {decisions}                         the last ones of that policy
 *     decider                  {controller, run}                   the process that decides for all policies
 *     rebalance                {checkedAt, moves}               the last moves of rebalances
 *     revoked-tokens/ID        {revokedAtMs, untilMs}           a token that was revoked before it expired
 *     networks/NAME/network    {name, subnet, vni, mtu, pools, ...}  a network over several hosts
 *     networks/NAME/leases/IP  {kind, pool, ...}                    an address in it: of a host, or of a container
 *     networks/-/epochs        {epoch, otherEpoch, since}           which keys the hosts of encrypted networks use
 *     networks/-/keys/POOL     {pool, keys}                    its public keys, in these epochs
 *     ports                    {changed}                           changed by each that publishes a port: one after the other
 *     certificates/POOL        {issuedAtMs, shown}             when POOL last got a certificate, and which one it has
 *     writes/ID                {}                               under a lease: this transaction was executed (witness.ts)
 *     restored                 {restoredAt, waiting, ...}          after a restore, until all its pools have reported
 *
 * Names hold no slash (common/names.ts), so a prefix that ends with one covers exactly one level.
 */
const root = '/copa';

export const keys = {
  /** Every key. */
  all: `${root}/`,
  write: (id: string) => `${root}/writes/${id}`,
  restored: `${root}/restored`,
  pools: `${root}/pools/`,
  pool: (name: string) => `${root}/pools/${name}`,
  addresses: `${root}/addresses/`,
  address: (dialAddress: string) => `${root}/addresses/${dialAddress}`,
  busies: `${root}/busy/`,
  busyIn: (pool: string) => `${root}/busy/${pool}/`,
  busy: (pool: string, container: string) => `${root}/busy/${pool}/${container}`,
  uses: `${root}/uses/`,
  usesOf: (pool: string) => `${root}/uses/${pool}/`,
  use: (pool: string, migration: string) => `${root}/uses/${pool}/${migration}`,
  slots: (pool: string, kind: string) => `${root}/slots/${pool}/${kind}/`,
  slot: (pool: string, kind: string, index: number) => `${root}/slots/${pool}/${kind}/${index}`,
  migrations: `${root}/migrations/`,
  migration: (id: string) => `${root}/migrations/${id}`,
  cancellations: `${root}/cancellations/`,
  cancellation: (id: string) => `${root}/cancellations/${id}`,
  resolutions: `${root}/resolutions/`,
  resolution: (id: string) => `${root}/resolutions/${id}`,
  evacuations: `${root}/evacuations/`,
  evacuation: (pool: string) => `${root}/evacuations/${pool}`,
  evacuationClaim: (pool: string) => `${root}/evacuation-claims/${pool}`,
  evacuationTurn: `${root}/evacuation-turn`,
  tokens: `${root}/tokens/`,
  token: (name: string) => `${root}/tokens/${name}`,
  revokedTokens: `${root}/revoked-tokens/`,
  revokedToken: (id: string) => `${root}/revoked-tokens/${id}`,
  joins: `${root}/joins/`,
  join: (id: string) => `${root}/joins/${id}`,
  trust: `${root}/trust/`,
  authorities: `${root}/trust/authorities`,
  revocations: `${root}/trust/revocations/`,
  revocation: (pool: string) => `${root}/trust/revocations/${pool}`,
  certificates: `${root}/certificates/`,
  certificate: (pool: string) => `${root}/certificates/${pool}`,
  delegation: `${root}/delegation`,
  policies: `${root}/policies/`,
  policy: (name: string) => `${root}/policies/${name}`,
  decisions: `${root}/decisions/`,
  decisionsOf: (policy: string) => `${root}/decisions/${policy}`,
  decider: `${root}/decider`,
  rebalance: `${root}/rebalance`,
  networks: `${root}/networks/`,
  network: (name: string) => `${root}/networks/${name}/network`,
  leases: (network: string) => `${root}/networks/${network}/leases/`,
  lease: (network: string, address: string) => `${root}/networks/${network}/leases/${address}`,
  /** No network has this name. */
  encryption: `${root}/networks/-/`,
  epochs: `${root}/networks/-/epochs`,
  hostKeys: (pool: string) => `${root}/networks/-/keys/${pool}`,
  ports: `${root}/ports`,
  living: `${root}/living/`,
  livingRun: (run: string) => `${root}/living/${run}`,
  controllers: `${root}/controllers/`,
  controller: (id: string) => `${root}/controllers/${id}`,
} as const;

/** The last part of a key: a pool's name, a migration's id. */
export function lastPart(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
