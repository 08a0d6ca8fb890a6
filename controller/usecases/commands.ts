/** The rules of commands in containers: words that a program can be given, and no container under migration. */
import type { AgentHost, Conversation, ReplyOf, RequestOf } from '../hosts/client.js';
import { deadlineMs, type ContainerAddress, type Hosts } from '../hosts/locator.js';

/** What came of a command. */
interface Finished {
  readonly exit_code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Only when there was more output than is kept. */
  readonly truncated?: true;
}

interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** A command that a user attends, on its host. */
export type AttendedCall = Conversation<RequestOf<'Exec'>, ReplyOf<'Exec'>>;

export class Commands {
  /** `terminalHosts` gives whole connections, as a terminal's call is no question with an answer. */
  constructor(
    private readonly hosts: Hosts,
    private readonly terminalHosts: Hosts<AgentHost>,
  ) {}

  /** Runs it to its end, which `signal` may bring about. Throws `deadline_exceeded` when it took too long. */
  async run(
    address: ContainerAddress,
    command: readonly string[],
    timeoutSeconds: number,
    signal: AbortSignal,
  ): Promise<Finished> {
    const host = await this.hosts.toChange(address);
    const request = { container: address.container, command: [...command], timeoutSeconds };
    const { exitCode, stdout, stderr, truncated } = await host.call('Execute', request, {
      deadlineMs: timeoutSeconds * 1000 + deadlineMs.read,
      signal,
    });
    const told = { exit_code: exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
    return truncated ? { ...told, truncated } : told;
  }

  /**
   * Starts a command, or a shell when it has no words, on a terminal of that size, or with plain streams. Throws
   * when it cannot be started.
   */
  async attend(
    address: ContainerAddress,
    command: readonly string[],
    size: TerminalSize | undefined,
  ): Promise<AttendedCall> {
    const host = await this.terminalHosts.toChange(address);
    const call = await host.converse();
    await call.say({ start: { container: address.container, command: [...command], size: size ?? null } });
    return call;
  }
}
