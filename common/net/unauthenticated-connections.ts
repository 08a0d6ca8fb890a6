/**
 * Limits the number of unauthenticated connections, in total and per address, so that a client that opens connections
 * and sends nothing neither takes unbounded memory nor keeps other clients out.
 */
import type { Socket } from 'node:net';

interface Bounds {
  readonly max: number;
  readonly ofOneAddressMax: number;
}

export class UnauthenticatedConnections {
  readonly #byAddress = new Map<string, number>();
  #count = 0;

  constructor(private readonly bounds: Bounds) {}

  /** Counts a connection until it is closed or the returned function is called. Undefined at the limit. */
  take(socket: Socket): (() => void) | undefined {
    const address = socket.remoteAddress ?? '';
    const ofThis = this.#byAddress.get(address) ?? 0;
    if (this.#count >= this.bounds.max || ofThis >= this.bounds.ofOneAddressMax) return undefined;
    this.#count++;
    this.#byAddress.set(address, ofThis + 1);
    let isCounted = true;
    const leave = () => {
      if (!isCounted) return;
      isCounted = false;
      this.#count--;
      const left = (this.#byAddress.get(address) ?? 1) - 1;
      if (left > 0) this.#byAddress.set(address, left);
      else this.#byAddress.delete(address);
    };
    socket.once('close', leave);
    return leave;
  }
}
