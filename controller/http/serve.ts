/** Serves REST on its address: open on loopback, with TLS and tokens everywhere else. */
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { CleanupStack } from '../../common/async/cleanup-stack.js';
import { CopaError } from '../../common/errors.js';
import { formatAddress } from '../../common/net/address.js';
import type { RefusalLog } from '../../common/observability/refusal-log.js';
import { isLoopback, type Config } from '../config/settings.js';
import { listen, listenLocally, listenTls, type OnRefused } from './server.js';
import {
  keepCertificate,
  orderFor,
  readOperatorCertificate,
  type CertificateOrder,
  type ServerCertificate,
} from './server-certificate.js';

interface Parts {
  readonly app: RequestListener;
  readonly config: Config;
  /** Issues a certificate of COPA's CA. */
  readonly sign: (order: CertificateOrder) => Promise<ServerCertificate>;
  readonly refusals: Pick<RefusalLog, 'record'>;
  readonly log: Logger;
}

interface Service {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/** The controller's own socket in its state directory, for users who may read the keys there. */
export const localSocketName = 'rest.sock';
/** The kernel's limit for the path of a unix socket. */
const socketPathBytesMax = 107;

/** Whether a client without a token has access. */
export function isOpen({ host, insecure, requireToken }: Config): boolean {
  return !requireToken && (isLoopback(host) || insecure);
}

function hasTls({ host, insecure, tls }: Config): boolean {
  return tls !== undefined || !(isLoopback(host) || insecure);
}

/** Serves on the address of the settings, and on the local socket. Throws `failed_precondition` with the reason. */
export async function serve(parts: Parts): Promise<Service> {
  const { app, config, log } = parts;
  logWarnings(config, log);
  const cleanup = new CleanupStack();
  try {
    cleanup.closing(await listenLocally(app, localSocketPath(config)));
    const { port } = hasTls(config)
      ? await listenWithTls(parts, cleanup)
      : await listenPlainly(parts, cleanup);
    if (!isOpen(config))
      log.info(
        'REST requires tokens: on this machine, its user and root create them with "copa token create --role admin --name NAME"',
      );
    return { port, url: urlOf(config, port), close: () => cleanup.run() };
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

function localSocketPath({ stateDirectory }: Config): string {
  const path = join(stateDirectory, localSocketName);
  if (Buffer.byteLength(path) <= socketPathBytesMax) return path;
  throw new CopaError(
    'failed_precondition',
    `--state-dir ${stateDirectory} is too long: ${path} must have ${socketPathBytesMax} bytes at most`,
  );
}

function urlOf(config: Config, port: number): string {
  return `${hasTls(config) ? 'https' : 'http'}://${formatAddress({ host: config.host, port })}/REST/`;
}

async function listenPlainly({ app, config, refusals }: Parts, cleanup: CleanupStack) {
  return cleanup.closing(await listen(app, config.host, config.port, recordTo(refusals)));
}

async function listenWithTls({ app, config, sign, refusals, log }: Parts, cleanup: CleanupStack) {
  const { host, port, tls, hostNames } = config;
  const make = tls ? () => readOperatorCertificate(tls) : () => sign(orderFor(host, hostNames));
  // A certificate that cannot be used must show before anything listens.
  if (tls) await make();
  const listener = cleanup.closing(await listenTls(app, host, port, recordTo(refusals)));
  cleanup.add(await keepCertificate(make, (certificate) => listener.use(certificate), log));
  return listener;
}

function recordTo(refusals: Parts['refusals']): OnRefused {
  return (from, reason) => refusals.record({ from, reason });
}

/** Logged at every start, so that nobody can miss it. */
function logWarnings({ host, port, insecure, requireToken }: Config, log: Logger): void {
  if (!insecure) return;
  const at = formatAddress({ host, port });
  if (isLoopback(host)) log.warn(`--insecure: it changes nothing while REST is served on ${at} alone`);
  else if (requireToken)
    log.warn(`--insecure: everyone on the network path to ${at} can read the traffic, tokens included`);
  else
    log.warn(
      `--insecure: everyone who reaches ${at} controls all hosts, and everyone on the network path can read the traffic`,
    );
}
