/** The controller's settings: flags over COPA_* environment over defaults, checked once. */
import { Command, Option } from 'commander';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { pino } from 'pino';
import { z } from 'zod';
import { CopaError } from '../proto/errors.js';
import { poolNamePattern, poolNameRule, shown } from '../proto/names.js';
import type { Endpoints } from './store/etcd.js';

const defaultStateDirectory = '/var/lib/copa/controller';

export interface Config {
  /** Where REST is served; port 0 lets the system choose. */
  readonly host: string;
  readonly port: number;
  readonly stateDirectory: string;
  /** Somebody's etcd cluster; undefined: the embedded one. */
  readonly etcd: Endpoints | undefined;
  /** What this controller is called, in its certificate and in etcd. */
  readonly name: string;
  /** REST without TLS may be reached from other machines. */
  readonly insecure: boolean;
  readonly logLevel: string;
  /** Where agents listen whose pool was added without a port. */
  readonly agentPort: number;
}

/** The flags as commander gives them, environment and defaults included. */
interface Flags {
  readonly listen: string;
  readonly stateDir: string;
  readonly etcd?: string;
  readonly etcdCa?: string;
  readonly etcdCert?: string;
  readonly etcdKey?: string;
  readonly name: string;
  readonly insecure?: boolean | string;
  readonly logLevel: string;
  readonly agentPort: string;
}

/** The command `copa controller`; `run` gets the checked settings. */
export function controllerCommandWith(run: (config: Config) => Promise<void>): Command {
  const option = (flags: string, description: string, variable: string) =>
    new Option(flags, description).env(variable);
  return new Command('controller')
    .description('run the controller: serves /REST and orders the hosts to do what it is asked')
    .addOption(
      option('--listen <address:port>', 'where REST is served', 'COPA_LISTEN').default('127.0.0.1:8000'),
    )
    .addOption(stateDirectoryOption())
    .addOption(option('--etcd <url,...>', 'an etcd cluster (default: an embedded one)', 'COPA_ETCD'))
    .addOption(option('--etcd-ca <file>', 'the CA to check that etcd by', 'COPA_ETCD_CA'))
    .addOption(option('--etcd-cert <file>', 'the certificate to show to that etcd', 'COPA_ETCD_CERT'))
    .addOption(option('--etcd-key <file>', "that certificate's key", 'COPA_ETCD_KEY'))
    .addOption(
      option('--name <name>', 'what this controller is called', 'COPA_NAME').default(hostname(), 'host name'),
    )
    .addOption(
      option(
        '--insecure [true|false]',
        'serve REST to other machines without TLS (test beds only)',
        'COPA_INSECURE',
      ),
    )
    .addOption(
      option('--log-level <level>', 'how much is logged', 'COPA_LOG_LEVEL')
        .choices(Object.keys(pino.levels.values))
        .default('info'),
    )
    .addOption(
      option(
        '--agent-port <port>',
        "the agents' port, for pools added without one",
        'COPA_AGENT_PORT',
      ).default('8001'),
    )
    .action((flags: Flags) => run(controllerConfig(flags)));
}

/** Where the controller keeps its CA and its embedded etcd's data; the same for each command that needs it. */
export function stateDirectoryOption(): Option {
  return new Option('--state-dir <directory>', 'where the CA and the embedded etcd are kept')
    .env('COPA_STATE_DIR')
    .default(defaultStateDirectory);
}

const port = (min: number) =>
  z
    .string()
    .regex(/^[0-9]{1,5}$/, `a port is a number from ${min} to 65535`)
    .transform(Number)
    .refine((value) => value >= min && value <= 65_535, `a port is a number from ${min} to 65535`);

const listenRule = 'give an IP address and a port, as 127.0.0.1:8000 or [::1]:8000';

const etcdUrl = z.url({
  protocol: /^https?$/,
  error: 'give URLs separated by commas, as https://10.0.0.1:2379,https://10.0.0.2:2379',
});

const schema = z.object({
  listen: z
    .string()
    .transform((value) => /^(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})$/.exec(value))
    .refine(
      (match) => match !== null && isIP(match[1] ?? match[2] ?? '') > 0 && Number(match[3]) < 65_536,
      listenRule,
    )
    .transform((match) => ({ host: match?.[1] ?? match?.[2] ?? '', port: Number(match?.[3]) })),
  stateDir: z.string().min(1, 'give a directory'),
  etcd: z
    .string()
    .transform((value) => value.split(',').map((url) => url.trim().replace(/\/$/, '')))
    .pipe(z.array(etcdUrl))
    .refine(
      (urls) => new Set(urls.map((url) => url.split(':')[0])).size === 1,
      'give all as https:// or all as http://',
    )
    .optional(),
  etcdCa: z.string().optional(),
  etcdCert: z.string().optional(),
  etcdKey: z.string().optional(),
  name: z.string().regex(poolNamePattern, poolNameRule.replace('pool', "controller's")),
  // An environment variable comes as text, as the flag would.
  insecure: z.union([z.boolean(), z.stringbool()], 'give true or false').default(false),
  logLevel: z.string(),
  agentPort: port(1),
});

/** Throws `invalid_argument` naming the setting, its value and what would be right. */
function controllerConfig(flags: Flags): Config {
  const parsed = schema.safeParse(flags);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const field = String(issue.path[0]);
      return `${flagOf(field)} ${shown(flags[field as keyof Flags])} is not valid: ${issue.message}`;
    });
    throw new CopaError('invalid_argument', problems.join('\n'));
  }
  const { listen, stateDir, insecure, name, logLevel, agentPort, ...etcd } = parsed.data;
  if (!insecure && !isLoopback(listen.host)) {
    throw new CopaError(
      'invalid_argument',
      `--listen ${listen.host}:${listen.port} would let every machine that reaches this address command all hosts: ` +
        'listen on 127.0.0.1, or, in a test bed, add --insecure',
    );
  }
  return Object.freeze({
    ...listen,
    stateDirectory: stateDir,
    etcd: etcdEndpoints(etcd),
    name,
    insecure,
    logLevel,
    agentPort,
  });
}

export function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1';
}

function etcdEndpoints(given: {
  etcd?: string[] | undefined;
  etcdCa?: string | undefined;
  etcdCert?: string | undefined;
  etcdKey?: string | undefined;
}): Endpoints | undefined {
  const { etcd: urls, etcdCa, etcdCert, etcdKey } = given;
  const refuse = (message: string) => new CopaError('invalid_argument', message);
  if (!urls) {
    if (etcdCa ?? etcdCert ?? etcdKey)
      throw refuse('--etcd-ca, --etcd-cert and --etcd-key go with --etcd: give its URLs');
    return undefined;
  }
  if ((etcdCert === undefined) !== (etcdKey === undefined))
    throw refuse('--etcd-cert and --etcd-key go together');
  if (urls.some((url) => url.startsWith('http:')) && (etcdCa ?? etcdCert)) {
    throw refuse('--etcd-ca and --etcd-cert need https:// URLs in --etcd');
  }
  if (etcdCert !== undefined && etcdCa === undefined) throw refuse('--etcd-cert needs --etcd-ca too');
  return {
    urls,
    ...(etcdCa === undefined ? {} : { ca: readPem('--etcd-ca', etcdCa) }),
    ...(etcdCert === undefined ? {} : { cert: readPem('--etcd-cert', etcdCert) }),
    ...(etcdKey === undefined ? {} : { key: readPem('--etcd-key', etcdKey) }),
  };
}

function readPem(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CopaError(
      'invalid_argument',
      `${flag} ${shown(file)} cannot be read: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** As it is written on the command line: `etcdCa` is `--etcd-ca`. */
function flagOf(field: string): string {
  return `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
