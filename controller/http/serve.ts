/** Where REST is served and what that asks of who comes: open on loopback, TLS and a token everywhere else. */
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { CopaError } from '../../common/errors.js';
import type { RefusalLog } from '../../common/observability/refusal-log.js';
import { isLoopback, type Config } from '../config/settings.js';
import { listen, listenLocally, listenTls, type Refused } from './server.js';
import {
  keepCertificate,
  orderFor,
  readOperatorCertificate,
  type CertificateOrder,
  type ServerCertificate,
} from './server-certificate.js';

type Sign = (order: CertificateOrder) => Promise<ServerCertificate>;

interface Service {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/** The controller's own socket, in its state directory: for who may read the keys there. */
export const localSocketName = 'rest.sock';
/** What the kernel keeps of a unix socket's path. */
const socketPathBytesMax = 107;

/** Whether who shows no token is let in. */
export function isOpen({ host, insecure, requireToken }: Config): boolean {
  return !requireToken && (isLoopback(host) || insecure);
}

function hasTls({ host, insecure, tls }: Config): boolean {
  return tls !== undefined || !(isLoopback(host) || insecure);
}

/** Serves on the address of the settings, and on the local socket. Throws `failed_precondition` saying what is in the way. */
export async function serve(
  app: RequestListener,
  config: Config,
  sign: Sign,
  refusals: Pick<RefusalLog, 'record'>,
  log: Logger,
): Promise<Service> {
  const { host, stateDirectory } = config;
  warnOf(config, log);
  const undo: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const path = join(stateDirectory, localSocketName);
    if (Buffer.byteLength(path) > socketPathBytesMax) {
      throw new CopaError(
        'failed_precondition',
        `--state-dir ${stateDirectory} is too long: ${path} must have ${socketPathBytesMax} bytes at most`,
      );
    }
    const local = await listenLocally(app, path);
    undo.push(() => local.close());
    const refused = (from: string, reason: string) => refusals.record({ from, reason });
    const listener = hasTls(config)
      ? await withTls(app, config, sign, refused, log, undo)
      : await plainly(app, config, refused, undo);
    const shownHost = host.includes(':') ? `[${host}]` : host;
    const url = `${hasTls(config) ? 'https' : 'http'}://${shownHost}:${listener.port}/REST/`;
    if (!isOpen(config))
      log.info(
        'REST asks for tokens: on this machine, its user and root make them with "copa token create --role admin --name NAME"',
      );
    return { port: listener.port, url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function plainly(
  app: RequestListener,
  { host, port }: Config,
  refused: Refused,
  undo: (() => Promise<void> | void)[],
) {
  const listener = await listen(app, host, port, refused);
  undo.push(() => listener.close());
  return listener;
}

async function withTls(
  app: RequestListener,
  { host, port, tls, hostNames }: Config,
  sign: Sign,
  refused: Refused,
  log: Logger,
  undo: (() => Promise<void> | void)[],
) {
  const make = tls ? () => readOperatorCertificate(tls) : () => sign(orderFor(host, hostNames));
  // Before anything listens: what cannot be served must not look as if it were.
  if (tls) await make();
  const listener = await listenTls(app, host, port, refused);
  undo.push(() => listener.close());
  undo.push(await keepCertificate(make, (certificate) => listener.use(certificate), log));
  return listener;
}

/** At every start, so that nobody can say that it was not said. */
function warnOf(config: Config, log: Logger): void {
  const { host, port, insecure, requireToken } = config;
  if (!insecure) return;
  const at = `${host}:${port}`;
  if (isLoopback(host)) log.warn(`--insecure: it changes nothing while REST is served on ${at} alone`);
  else if (requireToken) log.warn(`--insecure: whoever is on the way to ${at} reads along, tokens included`);
  else
    log.warn(`--insecure: whoever reaches ${at} commands all hosts, and whoever is on the way reads along`);
}
