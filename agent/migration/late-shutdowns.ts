/**
 * Watches containers that did not shut down in time and kept running when the migration was undone. Such a container
 * may still shut down minutes later. The agent then starts it again, because nobody wants it stopped. A stop request
 * to the daemon by somebody else ends the watch.
 *
 * Each watched container is stored in a file, so that the watch survives a restart of the agent.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { messageOf } from '../../common/errors.js';
import type { KeyedMutex } from '../../common/async/keyed-mutex.js';
import { replaceFile } from '../../common/durable-file.js';
import type { LxdClient } from '../lxd/client.js';
import { followInstances, type InstanceEvent } from '../lxd/events.js';
import { changeState, findInstance } from '../lxd/instances.js';

/** How long after its shutdown request a container's stop counts as a result of that request. */
const lateMsMax = 15 * 60_000;

const retryDelayMs = 1_000;

interface Parts {
  readonly lxd: LxdClient;
  readonly mutex: KeyedMutex;
  /** The directory of the files. */
  readonly directory: string;
  readonly log: Logger;
  readonly now?: () => number;
}

export class LateShutdowns {
  /** The end of each watch, in milliseconds since 1970. */
  readonly #until = new Map<string, number>();
  #following: AbortController | undefined;
  #isClosed = false;

  constructor(private readonly parts: Parts) {}

  /** Resumes the watches that an earlier agent process stored. */
  async start(): Promise<void> {
    const names = await readdir(this.parts.directory).catch(() => []);
    for (const name of names) {
      const until = Number(await readFile(join(this.parts.directory, name), 'utf8'));
      this.#until.set(name, until || 0);
    }
    this.#follow();
  }

  async expect(container: string): Promise<void> {
    const { directory } = this.parts;
    const until = this.#now() + lateMsMax;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await replaceFile(join(directory, container), String(until), 0o600);
    this.#until.set(container, until);
    this.#follow();
  }

  async forget(container: string): Promise<void> {
    if (!this.#until.delete(container)) return;
    await rm(join(this.parts.directory, container), { force: true });
    if (this.#until.size === 0) this.#following?.abort();
  }

  close(): void {
    this.#isClosed = true;
    this.#following?.abort();
  }

  #follow(): void {
    if (this.#following || this.#until.size === 0 || this.#isClosed) return;
    const following = new AbortController();
    this.#following = following;
    void this.#run(following.signal).finally(() => {
      this.#following = undefined;
      // A new watch began while the last one ended.
      this.#follow();
    });
  }

  /** Never throws. Retries when the daemon does not answer. */
  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const events = await followInstances(this.parts.lxd, (event) => void this.#onEvent(event));
        const close = () => events.close();
        signal.addEventListener('abort', close);
        const timer = setInterval(() => void this.#forgetOld(), retryDelayMs).unref();
        // Events may have been missed.
        for (const name of this.#until.keys()) void this.#startAgain(name);
        await events.ended;
        clearInterval(timer);
        signal.removeEventListener('abort', close);
      } catch (error) {
        this.parts.log.debug({ reason: messageOf(error) }, 'late shutdowns: the daemon does not answer');
      }
      await delay(retryDelayMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #onEvent(event: InstanceEvent): Promise<void> {
    if (event.kind !== 'touched' || !this.#until.has(event.name)) return;
    if (event.stopped === 'by request') await this.forget(event.name);
    if (event.stopped === 'by itself') await this.#startAgain(event.name);
  }

  async #startAgain(name: string): Promise<void> {
    const { lxd, mutex, log } = this.parts;
    try {
      await mutex.queue(name, 'start after a late shutdown', async () => {
        const instance = this.#until.has(name) ? await findInstance(lxd, name) : undefined;
        if (instance?.status !== 'Stopped') return;
        await changeState(lxd, name, 'start');
        log.info(
          { container: name },
          'the container shut down after the migration had gone back, and was started again',
        );
        await this.forget(name);
      });
    } catch (error) {
      log.warn({ container: name, reason: messageOf(error) }, 'the container cannot be started again');
      await delay(retryDelayMs, undefined, { ref: false });
      if (!this.#isClosed && this.#until.has(name)) await this.#startAgain(name);
    }
  }

  async #forgetOld(): Promise<void> {
    for (const [name, until] of this.#until) if (until < this.#now()) await this.forget(name);
  }

  #now(): number {
    return (this.parts.now ?? Date.now)();
  }
}
