/**
 * The controller's settings: flags override COPA_* environment variables, which override the file, which overrides
 * defaults. They are validated once.
 */
import { Command } from 'commander';
import { hostname } from 'node:os';
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';
import { labelPattern } from '../../common/labels.js';
import { poolNamePattern, poolNameRule } from '../../common/names.js';
import { addSettings, readSettings } from '../../common/config/settings-flags.js';
import { addressSchema, parseAddress } from '../../common/net/address.js';
import { logLevels, type Side } from '../../common/config/settings.js';
import { secondsIn } from '../../common/config/duration.js';
import type { Endpoints } from '../store/endpoints.js';
import { etcdEndpoints } from './etcd-endpoints.js';

export interface Config {
  /** Where REST is served; port 0 lets the system choose. */
  readonly host: string;
  readonly port: number;
  readonly stateDirectory: string;
  /** An external etcd cluster; undefined: the embedded one. */
  readonly etcd: Endpoints | undefined;
  /** The name of this controller in its certificate and in etcd. */
  readonly name: string;
  /** REST may be reached from other machines without TLS and, unless `requireToken`, without a token. */
  readonly insecure: boolean;
  /** Require a token also on loopback and with `insecure`. Elsewhere a token is always required. */
  readonly requireToken: boolean;
  /** The operator's own certificate for REST, as files. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /**
   * In lower case: the names of this controller for clients, used in its certificate and to check the Host header. `*`
   * among them: any name in the Host header is accepted.
   */
  readonly hostNames: readonly string[];
  /** `create` starts the container, too, unless the request says otherwise. */
  readonly createStarts: boolean;
  /** How often the controller rebalances by itself; undefined: never. */
  readonly rebalanceEveryMs: number | undefined;
  /** The address of a Prometheus server that policies and histories may query, with its credentials; undefined: none. */
  readonly prometheus: string | undefined;
  readonly logLevel: string;
  /** The agents' port for pools that were added without a port. */
  readonly agentPort: number;
  /** The address where hosts join; undefined: hosts cannot join. */
  readonly joinListen: { readonly host: string; readonly port: number } | undefined;
  /** Between which pools links are measured. */
  readonly linkPairs: 'auto' | 'off' | { readonly label: string };
  /** Lifetime of the certificates of hosts and controllers. Each is replaced after two thirds of it. */
  readonly certificateLifetimeMs: number;
  /** After which the keys of encrypted networks are replaced. */
  readonly networkKeyLifetimeMs: number;
  /** Automatic backups; undefined: none. */
  readonly backup:
    | {
        readonly directory: string;
        /** Public keys of age. */
        readonly recipients: readonly string[];
        readonly everyMs: number;
        /** Older ones are deleted. */
        readonly keep: number;
      }
    | undefined;
  /** The settings file, which need not exist. */
  readonly settingsFile: string;
}

/** The command `copa controller`. `run` gets the validated settings. */
export function controllerCommandWith(run: (config: Config) => Promise<void>): Command {
  const command = new Command('controller').description(
    'run the controller, which serves /REST and commands the hosts; or have several',
  );
  return addSettings(command, controllerSide).action(() => run(controllerConfig(command)));
}

const port = (min: number) =>
  z
    .string()
    .regex(/^[0-9]{1,5}$/, `a port is a number from ${min} to 65535`)
    .transform(Number)
    .refine((value) => value >= min && value <= 65_535, `a port is a number from ${min} to 65535`);

/** Parses a duration into seconds. */
const duration = (min: number, max: number) =>
  z
    .string()
    .transform((text) => secondsIn(text) ?? 0)
    .refine(
      (seconds) => seconds >= min && seconds <= max,
      `give a time as 90d, 12h, 30m or 45s, from ${min}s to ${max / 86_400}d`,
    );

const listenRule = 'give an IP address and a port, as 127.0.0.1:8000 or [::1]:8000';

const hostNamePattern =
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** Among the host names: every name. */
export const anyHostName = '*';
const hostNamesRule = `give host names separated by commas, as copa.example.org, or ${anyHostName} for every name`;

const etcdUrl = z.url({
  protocol: /^https?$/,
  error: 'give URLs separated by commas, as https://10.0.0.1:2379,https://10.0.0.2:2379',
});

const prometheusRule = 'give a URL with http:// or https:// and without ? and #, as http://127.0.0.1:9090';

const linkPairsRule = 'give auto, off, or label: and the name of a label, as label:site';

function linkLabelOf(text: string): string | undefined {
  const label = text.startsWith('label:') ? text.slice('label:'.length) : '';
  return labelPattern.test(label) ? label : undefined;
}

export const controllerSide = {
  name: 'controller',
  file: '/etc/copa/controller.yaml',
  settings: {
    listen: {
      form: '<address:port>',
      about: 'where REST is served',
      more: 'Port 0 lets the system choose a port.',
      value: addressSchema(listenRule, parseAddress),
      default: '127.0.0.1:8000',
    },
    stateDir: {
      form: '<directory>',
      about: 'directory of the cluster secret and of the embedded etcd',
      more: 'Only the user that runs the controller can read it.',
      value: z.string().min(1, 'give a directory'),
      default: '/var/lib/copa/controller',
    },
    etcd: {
      form: '<url,...>',
      about: 'an etcd cluster (default: an embedded one)',
      more: 'If one of several controllers on a cluster dies, another one continues its migrations.',
      value: z
        .string()
        .transform((value) => value.split(',').map((url) => url.trim().replace(/\/$/, '')))
        .pipe(z.array(etcdUrl))
        .refine(
          (urls) => new Set(urls.map((url) => url.split(':')[0])).size === 1,
          'give all as https:// or all as http://',
        ),
      sample: 'https://10.0.0.1:2379,https://10.0.0.2:2379',
    },
    etcdCa: {
      form: '<file>',
      about: 'the CA of the certificate of that etcd',
      value: z.string(),
      sample: '/etc/copa/etcd/ca.crt',
    },
    etcdCert: {
      form: '<file>',
      about: 'the client certificate for that etcd',
      value: z.string(),
      sample: '/etc/copa/etcd/client.crt',
    },
    etcdKey: {
      form: '<file>',
      about: 'the key of that client certificate',
      value: z.string(),
      sample: '/etc/copa/etcd/client.key',
    },
    name: {
      form: '<name>',
      about: 'the name of this controller',
      more: 'It is in its certificate and in the logs of the agents.',
      value: z.string().regex(poolNamePattern, poolNameRule.replace('pool', "controller's")),
      default: hostname(),
      defaultAbout: 'host name',
      sample: 'controller1',
    },
    insecure: {
      form: '[true|false]',
      about: 'serve REST to other machines without TLS and without tokens (for test beds only)',
      value: z.stringbool('give true or false'),
      default: 'false',
    },
    requireToken: {
      form: '[true|false]',
      about: 'require a token on loopback, too',
      more: 'On other addresses a token is always required. Set this if other people have accounts on this machine, or if a proxy runs on it.',
      value: z.stringbool('give true or false'),
      default: 'false',
    },
    tlsCert: {
      form: '<file>',
      about: "the certificate of REST (default: one from COPA's CA)",
      more: 'In PEM, with the intermediate certificates. It is read again every hour, so a renewed one takes effect.',
      value: z.string(),
      sample: '/etc/copa/tls/fullchain.pem',
    },
    tlsKey: {
      form: '<file>',
      about: 'the key of that certificate',
      value: z.string(),
      sample: '/etc/copa/tls/privkey.pem',
    },
    hostNames: {
      form: '<name,...>',
      about: 'further names by which clients reach this controller',
      more: "Its addresses and its host name are known already. The names are in its certificate, and a client without a token can use no others. '*' accepts every name: for test beds only, because a web page could then use REST through the browser of somebody who may.",
      value: z
        .string()
        .transform((value) => value.split(',').flatMap((name) => name.trim().toLowerCase() || []))
        .pipe(
          z.array(
            z.string().refine((name) => name === anyHostName || hostNamePattern.test(name), hostNamesRule),
          ),
        ),
      sample: 'copa.example.org',
    },
    createStarts: {
      form: '[true|false]',
      about: 'the operation create starts the container, too, unless the request has start=false',
      more: 'The first server of this API did so, and programs written for it rely on that.',
      value: z.stringbool('give true or false'),
      default: 'false',
    },
    rebalanceEvery: {
      form: '<time>',
      about: 'how often the controller rebalances by itself (default: never)',
      more: 'As "copa rebalance --apply" does, with its usual budget. Of several controllers, one does it.',
      value: duration(60, 7 * 86_400),
      sample: '1h',
    },
    prometheus: {
      form: '<url>',
      about: 'a Prometheus server that policies and histories may query (default: none)',
      more: 'As https://user:password@prometheus.example.org/path. Write a password into the settings file, not on the command line, where others can read it. Redirects are not followed.',
      value: z
        .url({ protocol: /^https?$/, error: prometheusRule })
        .refine((text) => !/[?#]/.test(text), prometheusRule),
      sample: 'http://127.0.0.1:9090',
    },
    logLevel: {
      form: '<level>',
      about: `the lowest level that is logged: ${logLevels.join(', ')}`,
      value: z.enum(logLevels, `the levels are ${logLevels.join(', ')}`),
      default: 'info',
    },
    agentPort: {
      form: '<port>',
      about: 'the port of agents whose pool was added without a port',
      value: port(1),
      default: '8001',
    },
    joinListen: {
      form: '<address:port>',
      about: 'where hosts join with a token (default: hosts cannot join)',
      more: 'Without a token this port returns nothing but the time. 0.0.0.0 is every address of this machine.',
      value: addressSchema('give an IPv4 address and a port, as 0.0.0.0:8003'),
      sample: '0.0.0.0:8003',
    },
    linkPairs: {
      form: '<auto|off|label:NAME>',
      about:
        'between which pools links are measured: auto is all pairs of up to 20 pools, and 8 neighbours of each beyond',
      more: 'With label:NAME, only pools that have the same value of that label measure links to each other.',
      value: z
        .string()
        .refine((text) => text === 'auto' || text === 'off' || linkLabelOf(text) !== undefined, linkPairsRule)
        .transform((text) => {
          const label = linkLabelOf(text);
          if (label !== undefined) return { label };
          return text === 'off' ? 'off' : 'auto';
        }),
      default: 'auto',
    },
    certificateLifetime: {
      form: '<time>',
      about: 'the validity of certificates of hosts and controllers',
      more: 'Each one is renewed after two thirds of its validity, without an interruption.',
      value: duration(5, 365 * 86_400),
      default: '90d',
    },
    networkKeyLifetime: {
      form: '<time>',
      about: 'how long the keys of encrypted networks are in use',
      more: 'Then hosts make new ones, and no packet is lost.',
      value: duration(10, 365 * 86_400),
      default: '7d',
    },
    backupDir: {
      form: '<directory>',
      about: 'where automatic backups are written (default: none are made)',
      more: 'The controller must be allowed to write there. Copy them to another machine.',
      value: z.string().startsWith('/', 'give an absolute path'),
      sample: '/var/lib/copa/controller/backups',
    },
    backupRecipient: {
      form: '<key,...>',
      about: 'the public keys that automatic backups are encrypted for',
      more: '"copa backup key FILE" makes a key. Keep FILE somewhere else: without it, backups cannot be read.',
      value: z
        .string()
        .transform((value) => value.split(',').map((key) => key.trim()))
        .pipe(z.array(z.string().regex(/^age1[a-z0-9]+$/, 'give public keys, as age1...'))),
      sample: 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kudj8jvnsmk0x3f',
    },
    backupInterval: {
      form: '<time>',
      about: 'the time between two automatic backups',
      value: duration(60, 30 * 86_400),
      default: '6h',
    },
    backupKeep: {
      form: '<number>',
      about: 'how many automatic backups are kept',
      value: z
        .string()
        .regex(/^[1-9][0-9]{0,3}$/, 'give a number from 1 to 9999')
        .transform(Number),
      default: '28',
    },
  },
} as const satisfies Side;

/** Throws `invalid_argument` with the setting, its value and the valid values. */
function controllerConfig(command: Command): Config {
  const given = readSettings(command, controllerSide);
  const {
    listen,
    stateDir,
    insecure,
    requireToken,
    name,
    logLevel,
    agentPort,
    certificateLifetime,
    networkKeyLifetime,
    joinListen,
    createStarts,
    linkPairs,
    rebalanceEvery,
  } = given;
  const tls = tlsFiles(given);
  if (tls && insecure) {
    throw new CopaError(
      'invalid_argument',
      '--insecure is for REST without TLS: leave out either it or --tls-cert',
    );
  }
  return Object.freeze({
    ...listen,
    stateDirectory: stateDir,
    etcd: etcdEndpoints(given),
    name,
    insecure,
    requireToken,
    tls,
    hostNames: given.hostNames ?? [],
    createStarts,
    rebalanceEveryMs: rebalanceEvery === undefined ? undefined : rebalanceEvery * 1000,
    prometheus: given.prometheus,
    logLevel,
    agentPort,
    joinListen,
    linkPairs,
    certificateLifetimeMs: certificateLifetime * 1000,
    networkKeyLifetimeMs: networkKeyLifetime * 1000,
    backup: backupSettings(given),
    settingsFile: command.getOptionValue('config') as string,
  });
}

function backupSettings(given: {
  backupDir?: string | undefined;
  backupRecipient?: string[] | undefined;
  backupInterval: number;
  backupKeep: number;
}): Config['backup'] {
  const { backupDir: directory, backupRecipient: recipients, backupInterval, backupKeep: keep } = given;
  if (directory === undefined && recipients === undefined) return undefined;
  if (directory === undefined || recipients === undefined)
    throw new CopaError('invalid_argument', '--backup-dir and --backup-recipient go together');
  return { directory, recipients, everyMs: backupInterval * 1000, keep };
}

export function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1';
}

function tlsFiles({ tlsCert, tlsKey }: { tlsCert?: string | undefined; tlsKey?: string | undefined }) {
  if (tlsCert !== undefined && tlsKey !== undefined) return { cert: tlsCert, key: tlsKey };
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  throw new CopaError('invalid_argument', '--tls-cert and --tls-key go together');
}
