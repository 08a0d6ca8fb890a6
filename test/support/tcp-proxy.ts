/** A connection with faults on demand: it forwards bytes, drops the replies, or is cut. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #swallowsAnswers = false;
  #refuses = false;

  private constructor(target: number) {
    this.#server = createServer((client) => {
      if (this.#refuses) {
        client.destroy();
        return;
      }
      const server = connect(target, '127.0.0.1');
      for (const socket of [client, server]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          client.destroy();
          server.destroy();
        });
      }
      client.on('data', (bytes) => server.write(bytes));
      server.on('data', (bytes) => {
        if (!this.#swallowsAnswers) client.write(bytes);
      });
    });
  }

  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on the existing connections deliver no replies. Cutting them ends this. */
  swallowAnswers(): void {
    this.#swallowsAnswers = true;
  }

  /** Breaks all connections. New ones work again. */
  cut(): void {
    this.#swallowsAnswers = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Breaks all connections and refuses new ones until healed. */
  refuse(): void {
    this.#refuses = true;
    this.cut();
  }

  heal(): void {
    this.#refuses = false;
  }

  stop(): void {
    this.cut();
    this.#server.close();
  }
}
