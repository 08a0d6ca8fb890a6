/** The rules of commands in containers: a valid program and arguments, and no migration of the container. */
import type { AgentClient, BidiCall } from '../hosts/client.js';
import type { ReplyOf, RequestOf } from '../hosts/methods.js';
import { deadlineMs, type HostLocator } from '../hosts/locator.js';
import type { ContainerRef } from '../model/container-ref.js';

/** The result of a command. */
interface Finished {
  readonly exit_code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Only when the output was longer than the limit. */
  readonly truncated?: true;
}

interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** An interactive command on its host. */
export type AttendedCall = BidiCall<RequestOf<'Exec'>, ReplyOf<'Exec'>>;

export class Commands {
  /** `terminalHosts` provides direct connections, because a terminal is a stream and not one call with a reply. */
  constructor(
    private readonly hosts: HostLocator,
    private readonly terminalHosts: HostLocator<AgentClient>,
  ) {}

  /** Runs a command to its end. `signal` can end it. Throws `deadline_exceeded` after the time-out. */
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
   * Starts a command (a shell without one) on a terminal of the given size, or with plain streams. Throws when it
   * cannot be started.
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
