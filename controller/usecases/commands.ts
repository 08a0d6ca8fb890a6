/** The rules of commands in containers: words that a program can be given, and no container under migration. */
import type { AgentClient, BidiCall } from '../hosts/client.js';
import type { ReplyOf, RequestOf } from '../hosts/methods.js';
import { deadlineMs, type HostLocator } from '../hosts/locator.js';
import type { ContainerRef } from '../model/container-ref.js';

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
export type AttendedCall = BidiCall<RequestOf<'Exec'>, ReplyOf<'Exec'>>;

export class Commands {
  /** `terminalHosts` gives whole connections, as a terminal's call is no question with an answer. */
  constructor(
    private readonly hosts: HostLocator,
    private readonly terminalHosts: HostLocator<AgentClient>,
  ) {}

  /** Runs it to its end, which `signal` may bring about. Throws `deadline_exceeded` when it took too long. */
  async run(
    container: ContainerRef,
    command: readonly string[],
    timeoutSeconds: number,
    signal: AbortSignal,
  ): Promise<Finished> {
    const host = await this.hosts.toChange(container);
    const request = { container: container.name, command: [...command], timeoutSeconds };
    const { exitCode, stdout, stderr, truncated } = await host.call('Execute', request, {
      deadlineMs: timeoutSeconds * 1000 + deadlineMs.read,
      signal,
    });
    const reported = { exit_code: exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
    return truncated ? { ...reported, truncated } : reported;
  }

  /**
   * Starts a command, or a shell when it has no words, on a terminal of that size, or with plain streams. Throws
   * when it cannot be started.
   */
  async attend(
    container: ContainerRef,
    command: readonly string[],
    size: TerminalSize | undefined,
  ): Promise<AttendedCall> {
    const host = await this.terminalHosts.toChange(container);
    const call = await host.exec();
    await call.send({ start: { container: container.name, command: [...command], size: size ?? null } });
    return call;
  }
}
