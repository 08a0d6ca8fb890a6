/**
 * A process as a service of systemd: it says when it is ready, and from then on regularly that its event loop
 * turns, so that one that hangs is restarted. Outside systemd all of it does nothing.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import { messageOf } from '../errors.js';

/** A service says three times in its watchdog's time that it lives: two of them may come late. */
const signsPerTimeout = 3;

export class SystemdNotifier {
  #watchdog: NodeJS.Timeout | undefined;

  private constructor(
    private readonly socket: string | undefined,
    private readonly timeoutMs: number,
    private readonly log: Logger,
  ) {}

  /**
   * Takes what systemd put into the environment out of it, as a child that found it there (etcd does look for
   * it) would speak in our name. To be called before any child is started.
   */
  static fromEnvironment(log: Logger): SystemdNotifier {
    const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: timeoutUs = '0', WATCHDOG_PID: pid } = process.env;
    for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'])
      Reflect.deleteProperty(process.env, name);
    const ours = pid === undefined || Number(pid) === process.pid;
    return new SystemdNotifier(socket, ours ? Number(timeoutUs) / 1000 : 0, log);
  }

  /** Resolves when systemd has heard that the service is ready. */
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

  /** By systemd's own program, as Node has no datagrams on unix sockets. A failure is systemd's to act on. */
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
