/** The agent's settings: flags over COPA_* environment over defaults, checked once. */
import { Command, Option } from 'commander';
import { isIPv4 } from 'node:net';
import { pino } from 'pino';
import { CopaError } from '../proto/errors.js';
import { shown } from '../proto/names.js';

export interface AgentConfig {
  readonly host: string;
  readonly port: number;
  readonly streamPort: number;
  readonly identity: string;
  readonly socket: string | undefined;
  readonly logLevel: string;
}

interface Flags {
  readonly listen: string;
  readonly streamPort: string;
  readonly identity: string;
  readonly socket?: string;
  readonly logLevel: string;
}

/** The command `copa agent`; `run` gets the checked settings. */
export function agentCommandWith(run: (config: AgentConfig) => Promise<void>): Command {
  return new Command('agent')
    .description("run this host's agent: drives its LXD or Incus for the controller")
    .addOption(
      new Option('--listen <address:port>', 'where the controller reaches this agent (mutual TLS)')
        .env('COPA_LISTEN')
        .default('0.0.0.0:8001'),
    )
    .addOption(
      new Option('--stream-port <port>', 'where other agents send containers, on the same address')
        .env('COPA_STREAM_PORT')
        .default('8002'),
    )
    .addOption(
      new Option(
        '--identity <directory>',
        'the directory that "copa ca issue" made: this pool\'s key and certificate',
      )
        .env('COPA_IDENTITY')
        .default('/etc/copa/agent'),
    )
    .addOption(
      new Option(
        '--socket <path>',
        "the daemon's unix socket (default: Incus, snap LXD, LXD, in this order)",
      ).env('COPA_SOCKET'),
    )
    .addOption(
      new Option('--log-level <level>', 'how much is logged')
        .env('COPA_LOG_LEVEL')
        .choices(Object.keys(pino.levels.values))
        .default('info'),
    )
    .action((flags: Flags) => run(agentConfig(flags)));
}

/** Throws `invalid_argument` naming the setting, its value and what would be right. */
export function agentConfig(flags: Flags): AgentConfig {
  const [host = '', port = '', ...rest] = flags.listen.split(':');
  if (!isIPv4(host) || rest.length > 0) {
    throw new CopaError(
      'invalid_argument',
      `--listen ${shown(flags.listen)} is not valid: give an IPv4 address and a port, as in 10.0.0.2:8001`,
    );
  }
  return {
    host,
    port: portOf('--listen', port),
    streamPort: portOf('--stream-port', flags.streamPort),
    identity: flags.identity,
    socket: flags.socket,
    logLevel: flags.logLevel,
  };
}

function portOf(flag: string, text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new CopaError('invalid_argument', `${flag} ${shown(text)} is not valid: a port is 0 to 65535`);
}
