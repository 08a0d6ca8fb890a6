// A process of its own: a Koa without anything, that answers every request with the JSON it was started with.
// Tells its parent the port.
import Koa from 'koa';
import type { AddressInfo } from 'node:net';

const answer = JSON.parse(process.argv[2] ?? 'null') as object;
const server = new Koa()
  .use((ctx) => void (ctx.body = answer))
  .listen(0, '127.0.0.1', () => {
    process.send?.((server.address() as AddressInfo).port);
  });
