/**
 * The agent's settings: flags override COPA_* environment variables, which override the file, which overrides
 * defaults. They are validated once.
 */
import { Command } from 'commander';
import { z } from 'zod';
import { addSettings, readSettings } from '../../common/config/settings-flags.js';
import {
  isKeyPattern,
  isPrivilegeKind,
  privilegeKinds,
  type Allowed,
  type PrivilegeKind,
} from '../model/privileges.js';
import { addressSchema, parseIPv4Address, parsePort, type Address } from '../../common/net/address.js';
import { logLevels, type Side } from '../../common/config/settings.js';

export interface AgentConfig {
  readonly host: string;
  readonly port: number;
  readonly streamPort: number;
  readonly identity: string;
  readonly socket: string | undefined;
  /** The address of `/metrics`, `/healthz` and `/readyz`; undefined: they are off. */
  readonly metricsListen: Address | undefined;
  /** The privileges that containers from other hosts may have here. */
  readonly allowPrivileges: ReadonlySet<Allowed>;
  /** Record what the host and its containers use. */
  readonly measure: boolean;
  /** The UDP port of probes between hosts; undefined: they are off. */
  readonly probePort: number | undefined;
  /** Count the traffic with other hosts by nftables. */
  readonly countTraffic: boolean;
  /** Bytes that the measurements of this host may take on its disk. */
  readonly measurementsSize: number;
  readonly logLevel: string;
}

/** The default port for controllers. */
export const usualPort = 8001;

const portRule = 'a port is 0 to 65535';
const listenRule = 'give an IPv4 address and a port, as in 10.0.0.2:8001';
const metricsRule = 'give a loopback address and a port, as in 127.0.0.1:8004, or "off"';

/** Less does not leave the database the space that it needs to remove anything. */
const measurementsMiBMin = 32;
const measurementsRule = `give a number of MiB from ${measurementsMiBMin} on`;

const accessOf: Readonly<Record<PrivilegeKind, string>> = {
  privileged: 'security.privileged',
  lowlevel: 'raw.*, kernel modules, user ids',
  syscalls: 'more system calls',
  disks: 'paths and storage volumes of the host',
  devices: 'devices, network interfaces and routes of the host',
  proxies: 'proxy devices',
  unknown: 'config keys that this version does not know',
};

function isAllowed(text: string): text is Allowed {
  return isPrivilegeKind(text) || isKeyPattern(text);
}

function parseLoopback(text: string): Address | undefined {
  const address = parseIPv4Address(text);
  return address?.host.startsWith('127.') ? address : undefined;
}

export const agentSide = {
  name: 'agent',
  file: '/etc/copa/agent.yaml',
  settings: {
    listen: {
      form: '<address:port>',
      about: 'where the controller connects to this agent (mutual TLS)',
      more: '0.0.0.0 is every address of this host.',
      value: addressSchema(listenRule),
      default: `0.0.0.0:${usualPort}`,
    },
    streamPort: {
      form: '<port>',
      about: 'the port where other agents send containers, on the same address',
      value: z
        .string()
        .refine((text) => parsePort(text) !== undefined, portRule)
        .transform(Number),
      default: '8002',
    },
    identity: {
      form: '<directory>',
      about: 'directory of the key and the certificate of this host',
      more: 'Only root can read it.',
      value: z.string().min(1, 'give a directory'),
      default: '/var/lib/copa/agent',
    },
    socket: {
      form: '<path>',
      about: "the daemon's unix socket (default: Incus, snap LXD, LXD, in this order)",
      value: z.string().min(1, 'give a path'),
      sample: '/var/lib/incus/unix.socket',
    },
    metricsListen: {
      form: '<address:port>',
      about: 'where /metrics, /healthz and /readyz are served, on loopback; "off" turns them off',
      more: 'They have no TLS and need no token. To read them from another machine, use a tunnel or a proxy with TLS.',
      value: z.union([
        z.literal('off').transform(() => undefined),
        addressSchema(metricsRule, parseLoopback),
      ]),
      default: '127.0.0.1:8004',
    },
    allowPrivileges: {
      form: '<kind,...>',
      about: 'what containers from other hosts may access on this host (default: nothing)',
      more:
        'Kinds: ' +
        privilegeKinds.map((kind) => `${kind} (${accessOf[kind]})`).join(', ') +
        ', or all of them: all. Also single config keys, as security.new or limits.new.*.',
      value: z
        .string()
        .transform((text) => text.split(',').flatMap((kind) => kind.trim() || []))
        .refine(
          (kinds) => kinds.every((kind) => kind === 'all' || isAllowed(kind)),
          `the kinds are ${privilegeKinds.join(', ')}, and all; a config key has a dot`,
        )
        .transform((kinds) => new Set(kinds.includes('all') ? privilegeKinds : kinds.filter(isAllowed))),
      default: '',
      sample: 'devices,disks',
    },
    measure: {
      form: '[true|false]',
      about: 'record every 5 s what this host and its containers use',
      more: 'Measurements that programs post are stored in any case.',
      value: z.stringbool('give true or false'),
      default: 'true',
    },
    probePort: {
      form: '<port|off>',
      about: 'the UDP port of probes that measure the links between hosts; "off" turns them off',
      more: 'Other hosts must reach it. A probe a second goes to each peer. It has 112 bytes and is authenticated.',
      value: z.union([
        z.literal(['off', 'same']),
        z
          .string()
          .refine((text) => parsePort(text) !== undefined, 'a port is 0 to 65535, or "off"')
          .transform(Number),
      ]),
      default: 'same',
      defaultAbout: 'same number as of --listen',
      sample: '8001',
    },
    countTraffic: {
      form: '[true|false]',
      about: 'count the traffic with each other host, by a table of nftables named copa_links',
      more: 'It is the throughput of links. It needs the program nft, and the capability CAP_NET_ADMIN, which the unit does not have: see network-api.md.',
      value: z.stringbool('give true or false'),
      default: 'false',
    },
    measurementsSize: {
      form: '<MiB>',
      about: 'the disk space for the measurements of this host, in MiB',
      more: 'They are in the identity directory. When they reach it, the oldest are removed before their time.',
      value: z
        .string()
        .regex(/^[0-9]{1,6}$/, measurementsRule)
        .transform(Number)
        .refine((mib) => mib >= measurementsMiBMin, measurementsRule)
        .transform((mib) => mib * 1024 * 1024),
      default: '256',
    },
    logLevel: {
      form: '<level>',
      about: `the lowest level that is logged: ${logLevels.join(', ')}`,
      value: z.enum(logLevels, `the levels are ${logLevels.join(', ')}`),
      default: 'info',
    },
  },
} as const satisfies Side;

/** The command `copa agent`. `run` gets the validated settings. */
export function agentCommandWith(run: (config: AgentConfig) => Promise<void>): Command {
  const command = new Command('agent').description(
    "run this host's agent: it controls the LXD or Incus of this host",
  );
  return addSettings(command, agentSide).action(() => run(agentConfigOf(command)));
}

/**
 * The settings of a command with the agent's flags. Throws `invalid_argument` with the setting, its value and the
 * rule.
 */
export function agentConfigOf(command: Command): AgentConfig {
  const { listen, probePort: given, ...others } = readSettings(command, agentSide);
  const probePort = given === 'same' ? listen.port : given === 'off' ? undefined : given;
  return Object.freeze({ ...listen, probePort, ...others });
}
