/** Where an etcd is and how to be let in; embedded or somebody's cluster, it is the same. */
export interface Endpoints {
  /** `https://HOST:PORT` each, or `http://`. */
  readonly urls: readonly string[];
  /** The name in its certificate, where that is not the one in the URLs. */
  readonly serverName?: string;
  /** PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}
