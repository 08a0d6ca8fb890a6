/** How to connect to etcd, embedded or external. */
export interface Endpoints {
  /** `https://HOST:PORT` each, or `http://`. */
  readonly urls: readonly string[];
  /** The name in its certificate, if it differs from the URLs. */
  readonly serverName?: string;
  /** PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}
