/**
 * Detects that the client of a websocket is gone without having closed it: its machine lost power, or the network
 * drops everything. The connection is cut when a whole interval brings no sign of life.
 */
import { WebSocket } from 'ws';

export class Liveness {
  readonly #socket: WebSocket;
  readonly #timer: NodeJS.Timeout;
  #hasSign = true;
  #sentBytes = 0;
  #deliveredBytes = 0;

  constructor(socket: WebSocket, intervalMs: number) {
    this.#socket = socket;
    const sign = () => this.sign();
    socket.on('pong', sign).on('message', sign);
    this.#timer = setInterval(() => this.#check(), intervalMs);
  }

  /** The client gave a sign, or could not have given one. */
  sign(): void {
    this.#hasSign = true;
  }

  /** Every byte that is sent must be counted here. */
  countSent(bytes: number): void {
    this.#sentBytes += bytes;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * A client that reads what is sent is alive, even when the answers to pings wait behind a long input. A paused
   * socket is not read, so its silence means nothing.
   */
  #check(): void {
    const delivered = this.#sentBytes - this.#socket.bufferedAmount;
    const isReading = delivered > this.#deliveredBytes;
    if (!this.#hasSign && !isReading && !this.#socket.isPaused) {
      this.#socket.terminate();
      return;
    }
    this.#hasSign = false;
    this.#deliveredBytes = delivered;
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }
}
