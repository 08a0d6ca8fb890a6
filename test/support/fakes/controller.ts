// A controller without hosts, for the page: the real page and its real headers, and the REST API's replies over an
// invented world. It has any number of pools, and breaks streams on demand.
import Router from '@koa/router';
import Koa, { type Context } from 'koa';
import { koaBody } from 'koa-body';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { WebSocketServer } from 'ws';
import { securityHeaders } from '../../../controller/http/request/security-headers.js';
import { pageRoutes } from '../../../controller/http/static/page.js';
import type { WireEvent } from '../../../page/model/api-types.js';
import { World, type WorldOptions } from './world.js';
import { historyOf } from './history.js';

interface Options extends WorldOptions {
  /** The required token; none by default. */
  readonly token?: string;
  /** The same port again, after it was closed. */
  readonly port?: number;
  /** Its other controllers. */
  readonly others?: readonly { readonly name: string; readonly url: string | null }[];
  /** The interval of usage events, in milliseconds. */
  readonly usageMs?: number;
}

type Parameters = Readonly<Record<string, string | boolean | undefined>>;

/** Each change of state: the status after it, and its event. */
const changes = {
  start: ['Running', 'started'],
  stop: ['Stopped', 'stopped'],
  restart: ['Running', 'started'],
  freeze: ['Frozen', 'frozen'],
  unfreeze: ['Running', 'unfrozen'],
} as const;

export class FakeController {
  readonly #streams = new Set<PassThrough>();
  readonly #eventLog: { readonly id: string; readonly event: WireEvent }[] = [];
  readonly #usage = new Map<PassThrough, readonly string[]>();
  readonly #epoch = Date.now().toString(36);
  /** The number of requests per path. */
  readonly asked = { overview: 0, events: 0 };

  private constructor(
    readonly world: World,
    private readonly server: Server,
    private readonly options: Options,
  ) {
    world.onEvent((event) => this.#publish(event));
  }

  static async up(options: Options): Promise<FakeController> {
    const server = createServer();
    const fake = new FakeController(new World(options), server, options);
    const handle = fake.#app().callback();
    server.on('request', (request, response) => void handle(request, response));
    fake.#serveShells();
    await once(server.listen(options.port ?? 0, '127.0.0.1'), 'listening');
    const ticking = setInterval(() => fake.#tick(), options.usageMs ?? 2000);
    server.once('close', () => clearInterval(ticking));
    return fake;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Breaks every stream, like a network failure. */
  cutStreams(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  async down(): Promise<void> {
    this.world.close();
    this.cutStreams();
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  #app(): Koa {
    const router = new Router();
    pageRoutes(router);
    router.get('/REST/overview', (ctx) => this.#overview(ctx));
    router.get('/REST/events', (ctx) => this.#events(ctx));
    router.get('/REST/controllers', (ctx) => {
      const others = (this.options.others ?? []).map((each) => ({ ...each, this: false }));
      ctx.body = { controllers: [{ name: 'here', url: null, this: true }, ...others] };
    });
    router.get('/REST/migrations', (ctx) => {
      ctx.body = { migrations: [...this.world.migrations.values()].reverse(), success: 'migrations' };
    });
    router.get('/REST/migrations/:id', (ctx) => {
      ctx.body = this.world.migrations.get(String(ctx.params['id']));
    });
    router.get('/REST/evacuations', (ctx) => {
      ctx.body = { evacuations: [...this.world.evacuations.values()], success: 'evacuations' };
    });
    for (const path of ['/REST/evacuations/:pool', '/REST/pools'])
      router.all(path, (ctx) => this.#evacuate(ctx, String(ctx.params['pool'])));
    router.get('/REST/network/configuration', (ctx) => {
      ctx.body = { configuration: [{ name: 'default', ...this.world.delegation }] };
    });
    router.post('/REST/network/configuration', (ctx) => {
      Object.assign(this.world.delegation, ctx.request.body);
      ctx.body = { success: 'update_configuration' };
    });
    router.get('/REST/network/:kind', (ctx) => {
      ctx.body = { measurements: [], success: ctx.params['kind'] };
    });
    router.delete('/REST/migrations/:id', (ctx) => {
      ctx.body = { success: 'Migration cancelled.', ...this.world.cancel(String(ctx.params['id'])) };
    });
    router.post('/REST/policies', (ctx) => {
      const { operation, policy, name } = ctx.request.body as Parameters;
      const text = String(policy);
      if (operation === 'apply') this.world.applied.set((JSON.parse(text) as { name: string }).name, text);
      else if (operation === 'delete') this.world.applied.delete(String(name));
      else this.world.pause(String(name), operation === 'pause');
      ctx.body = { success: 'Policy changed.' };
    });
    router.get('/REST/policies', (ctx) => {
      ctx.body = { policies: this.world.policies, success: 'policies' };
    });
    router.get('/REST/policies/:name', (ctx) => {
      ctx.body = { ...this.world.explain(String(ctx.params['name'])), success: 'policy' };
    });
    router.get('/REST/networks', (ctx) => {
      ctx.body = { networks: this.world.networks, success: 'networks' };
    });
    router.get('/REST/ports', (ctx) => {
      ctx.body = { ports: this.world.ports, success: 'ports' };
    });
    router.get('/REST/history', (ctx) => {
      ctx.body = { ...historyOf(ctx.query), success: 'history' };
    });
    router.get('/REST/image', (ctx) => {
      ctx.body = { images: { 'debian/12': 'a', 'alpine/3.22': 'b' }, success: 'Operation successful' };
    });
    router.get('/REST/container', (ctx) => this.#inquire(ctx));
    router.post('/REST/container', (ctx) => this.#operate(ctx));

    const app = new Koa();
    app.use(async (ctx, next) => {
      ctx.set(securityHeaders);
      const { token } = this.options;
      const isOpen = token === undefined || !ctx.path.startsWith('/REST');
      if (!isOpen && ctx.get('Authorization') !== `Bearer ${token}`) {
        ctx.status = 401;
        ctx.body = { error: 'a token is needed' };
        return;
      }
      await next();
    });
    app.use(koaBody());
    app.use(router.routes());
    app.on('error', () => undefined);
    return app;
  }

  /** Only with a plan of the world; a world without one has no evacuations. */
  #evacuate(ctx: Context, pool: string): void {
    const { plan, evacuations } = this.world;
    const read = evacuations.get(pool);
    const { operation, dry_run, container_pool } = (ctx.request.body ?? {}) as Parameters;
    if (read) {
      ctx.body = read;
    } else if (plan && operation === 'evacuate') {
      if (dry_run !== true) this.world.evacuate(String(container_pool));
      ctx.body = { ...plan, success: 'Evacuation planned.' };
    } else {
      ctx.status = 404;
      ctx.body = { error: 'this controller has no evacuations' };
    }
  }

  #overview(ctx: Context): void {
    this.asked.overview += 1;
    const all = [...this.world.pools.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const after = String(ctx.query['after'] ?? '');
    const rest = all.filter(({ name }) => name > after);
    const wanted = String(ctx.query['labels'] ?? '').split('=');
    const pools = rest.slice(0, Number(ctx.query['limit'] ?? 100)).map((pool) => ({
      ...pool,
      containers: pool.containers.filter(
        ({ labels }) => wanted[0] === '' || labels[wanted[0] ?? ''] === wanted[1],
      ),
    }));
    ctx.body = {
      success: 'overview',
      event_id: this.#idOf(this.#eventLog.length),
      controller: { name: 'control', version: '0.0.0', started_at: new Date().toISOString() },
      pools,
      next: pools.length < rest.length ? pools.at(-1)?.name : null,
    };
  }

  #events(ctx: Context): void {
    this.asked.events += 1;
    const stream = new PassThrough();
    this.#streams.add(stream);
    const usage = String(ctx.query['usage_pool'] ?? '');
    if (ctx.query['usage'] === 'true') this.#usage.set(stream, usage.split(','));
    stream.once('close', () => {
      this.#streams.delete(stream);
      this.#usage.delete(stream);
    });
    ctx.type = 'text/event-stream';
    ctx.body = stream;
    stream.write(': hello\n\n');
    const after = Number(ctx.get('Last-Event-ID').split('-').at(-1));
    for (const { id, event } of this.#eventLog.slice(after)) stream.write(messageOf(event, id));
  }

  #inquire(ctx: Context): void {
    const at = '2026-05-02T10:00:00Z';
    if (ctx.query['operation'] === 'place') {
      ctx.body = this.#placement(String(ctx.query['container_pool']));
      return;
    }
    ctx.body =
      ctx.query['operation'] === 'console_log'
        ? { log: 'booting\nready\n' }
        : { snapshots: ['before-upgrade', 'nightly'].map((name) => ({ name, created_at: at })) };
  }

  /** The first pool, unless one is named. */
  #placement(target: string): object {
    const all = [...this.world.pools.keys()];
    const pool = target.startsWith('@') ? all[0] : target;
    const others = all
      .filter((name) => name !== pool)
      .map((name) => ({ pool: name, reason: 'less memory free' }));
    return {
      pool,
      reason: 'the most memory free',
      others,
      others_total: others.length,
      success: 'placement',
    };
  }

  #operate(ctx: Context): void {
    const { operation, container_pool, container_name, destination_pool, dry_run, image_type, ...more } = ctx
      .request.body as Parameters;
    const pool = String(container_pool);
    const name = String(container_name);
    ctx.body = { success: 'Operation successful' };
    if (operation === 'create') {
      this.world.create(pool, name, String(image_type), String(more['labels'] ?? ''));
      if (more['start'] === true) this.world.change(pool, name, 'Running', 'started');
    } else if (operation === 'exec') {
      this.world.commands.push(more['command'] as unknown as readonly string[]);
      ctx.body = { exit_code: 0, stdout: '', stderr: '', success: 'Command executed.' };
    } else if (operation === 'delete') {
      this.world.remove(pool, name);
    } else if (operation === 'migrate') {
      const status = this.world.find(pool, name)?.status;
      const message = `there is a container "${name}" on ${String(destination_pool)} already`;
      const findings = this.world.find(String(destination_pool), name) ? [{ subject: 'name', message }] : [];
      if (dry_run === true) {
        const container = { status, snapshots: ['nightly'], used_bytes: 180e6 };
        ctx.body = { possible: findings.length === 0, findings, container, via: 'direct', precopy: true };
      } else {
        ctx.status = 202;
        ctx.body = { id: this.world.migrate(name, pool, String(destination_pool)) };
      }
    } else if (typeof operation === 'string' && operation in changes) {
      const [status, type] = changes[operation as keyof typeof changes];
      this.world.change(pool, name, status, type);
    }
  }

  /** A shell that echoes its input. */
  #serveShells(): void {
    const shells = new WebSocketServer({ server: this.server, path: '/REST/exec' });
    shells.on('connection', (socket) => {
      socket.send(Buffer.from('~ # '));
      socket.on('message', (data: Buffer, isBinary) => {
        if (isBinary) socket.send(Buffer.from(data.toString().replaceAll('\r', '\r\n~ # ')));
      });
    });
  }

  #tick(): void {
    for (const pool of new Set([...this.#usage.values()].flat())) this.world.tellUsage(pool);
  }

  #publish(event: WireEvent): void {
    if (event.type === 'usage') {
      for (const [stream, pools] of this.#usage)
        if (pools.includes(event.pool)) stream.write(messageOf(event));
      return;
    }
    this.#eventLog.push({ id: this.#idOf(this.#eventLog.length + 1), event });
    const message = messageOf(event, this.#idOf(this.#eventLog.length));
    for (const stream of this.#streams) stream.write(message);
  }

  #idOf(number: number): string {
    return `${this.#epoch}-${number}`;
  }
}

function messageOf(event: WireEvent, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
