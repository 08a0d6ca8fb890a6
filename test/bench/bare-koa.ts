// A separate process: a Koa without middleware that answers every request with the JSON from its start. Sends its
// port to its parent.
import Koa from 'koa';
import type { AddressInfo } from 'node:net';

const answer = JSON.parse(process.argv[2] ?? 'null') as object;
const server = new Koa()
  .use((ctx) => void (ctx.body = answer))
  .listen(0, '127.0.0.1', () => {
    process.send?.((server.address() as AddressInfo).port);
  });
