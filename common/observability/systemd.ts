/**
 * A systemd service: reports readiness, and then regularly that its event loop runs, so that a hanging process is
 * restarted. Outside systemd this does nothing.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import { messageOf } from '../errors.js';

/** A service notifies its watchdog three times per watchdog interval, so two notifications may be late. */
const signsPerTimeout = 3;

export class SystemdNotifier {
  #watchdog: NodeJS.Timeout | undefined;

  private constructor(
    private readonly socket: string | undefined,
    private readonly timeoutMs: number,
    private readonly log: Logger,
  ) {}

  /**
   * Reads and deletes systemd's environment variables, because a child process that inherits them (etcd uses them)
   * would report in this process's name. Call it before any child is started.
   */
  static fromEnvironment(log: Logger): SystemdNotifier {
    const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: timeoutUs = '0', WATCHDOG_PID: pid } = process.env;
    for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'])
      Reflect.deleteProperty(process.env, name);
    const ours = pid === undefined || Number(pid) === process.pid;
    return new SystemdNotifier(socket, ours ? Number(timeoutUs) / 1000 : 0, log);
  }

  /** Resolves when systemd has been notified that the service is ready. */
  async ready(): Promise<void> {
    await this.#notify('READY=1');
    if (this.timeoutMs <= 0) return;
    this.#watchdog = setInterval(() => void this.#notify('WATCHDOG=1'), this.timeoutMs / signsPerTimeout);
    this.#watchdog.unref();
  }

  async stopping(): Promise<void> {
    clearInterval(this.#watchdog);
    await this.#notify('STOPPING=1');
  }

  /** Uses systemd's own program, because Node has no datagrams on unix sockets. systemd handles a failure. */
  async #notify(state: string): Promise<void> {
    if (this.socket === undefined) return;
    const env = { ...process.env, NOTIFY_SOCKET: this.socket };
    try {
      await promisify(execFile)('systemd-notify', [state], { env, timeout: 10_000 });
    } catch (error) {
      this.log.warn({ state, reason: messageOf(error) }, 'systemd could not be notified');
    }
  }
}
