// Aim: no port is given twice on a host, also when controllers publish at once; a port follows its container's address,
// and ends with it. Method: two controllers over one store in memory, by random orders; agents that answer or not.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../common/async/clock.js';
import { CopaError } from '../../common/errors.js';
import { macOf } from '../../common/net/networks.js';
import type { InventoryEvent } from '../../controller/model/event.js';
import { NetworkBook } from '../../controller/networks/book.js';
import { Ports, type PortOrder } from '../../controller/networks/ports.js';
import { desiredPorts, hostsOf } from '../../controller/networks/published.js';
import type { Fleet } from '../../controller/networks/distribution.js';
import { keys } from '../../controller/store/keys.js';
import type { Store } from '../../controller/store/store.js';
import { MemoryStore } from '../support/memory-store.js';

const pools = ['h1', 'h2', 'h3'];

class World {
  readonly store = new MemoryStore();
  readonly events: InventoryEvent[] = [];
  /** What each host answers to a check. */
  problems: Record<string, string> = {};

  constructor() {
    for (const [at, network] of ['lan', 'shop'].entries()) {
      this.store.put(keys.network(network), {
        ...{ name: network, subnet: `10.5${at}.0.0/24`, vni: 5000 + at, mtu: 1450, pools: 'all' },
        ...{ isDeleted: false, createdAt: '' },
      });
      for (const [index, pool] of pools.entries())
        this.store.put(keys.lease(network, `10.5${at}.0.${254 - index}`), {
          ...{ kind: 'host', pool, underlay: `192.0.2.${index + 1}`, isLeaving: false },
        });
      for (const [index, pool] of pools.entries()) this.attach(network, `10.5${at}.0.${index + 2}`, pool);
    }
  }

  /** A container `c-ADDRESS`. */
  attach(network: string, address: string, pool: string): void {
    this.store.put(keys.lease(network, address), {
      ...{ kind: 'container', container: nameOf(address), pool, mac: macOf(address), device: 'eth0' },
      ...{ isSeen: true, at: '' },
    });
  }

  controller(): { readonly book: NetworkBook; readonly ports: Ports } {
    const host: Fleet['host'] = (pool) => ({
      call: (() =>
        Promise.resolve({
          generation: 0,
          findings: this.problems[pool] ? [{ message: this.problems[pool] }] : [],
        })) as never,
    });
    const book: NetworkBook = new NetworkBook(() => ports.follow());
    const ports: Ports = new Ports({
      ...{ store: this.store, book, host, isUp: () => true },
      clock: { ...systemClock, delay: () => new Promise((done) => setImmediate(done)) },
      emit: (event) => this.events.push(event),
    });
    book.follow(this.store as unknown as Pick<Store, 'watch'>);
    this.store.ready();
    return { book, ports };
  }
}

const nameOf = (address: string) => `c-${address.replaceAll('.', '-')}`;
const order = (port: number, more: Partial<PortOrder> = {}): PortOrder => ({
  ...{ protocol: 'tcp', port, containerPort: 80, pools: 'all', mayName: () => true },
  ...more,
});
const web = { host: 'h1', name: nameOf('10.50.0.2') };
const other = { host: 'h2', name: nameOf('10.50.0.3') };
const settled = () => new Promise((done) => setTimeout(done, 1));

describe('publishing', () => {
  test('leads to the address from all hosts of the network, or from those that are named', async () => {
    const { book, ports } = new World().controller();
    await ports.publish(web, order(8080));
    await ports.publish(web, order(8081, { pools: ['h2'], protocol: 'udp' }));
    expect(desiredPorts(book, 'h1')).toEqual([
      { network: 'lan', protocol: 'tcp', port: 8080, address: '10.50.0.2', containerPort: 80 },
    ]);
    expect(desiredPorts(book, 'h2')).toHaveLength(2);
  });

  test('repeated, it changes nothing; otherwise the port is taken', async () => {
    const world = new World();
    const { ports } = world.controller();
    await ports.publish(web, order(8080));
    await ports.publish(web, order(8080));
    expect(ports.all()).toHaveLength(1);
    await expect(ports.publish(other, order(8080))).rejects.toThrow(
      `tcp port 8080 is published already, for container "${web.name}" of pool "h1"`,
    );
    await expect(ports.publish(other, order(8080, { mayName: () => false }))).rejects.toThrow(
      'tcp port 8080 is published already: unpublish it',
    );
    await expect(ports.publish(web, order(8080, { containerPort: 81 }))).rejects.toThrow('already');
    await ports.publish(other, order(8080, { protocol: 'udp' }));
  });

  test('is refused where a program listens, and the store keeps nothing of it', async () => {
    const world = new World();
    world.problems = { h2: '"nginx" (pid 7) listens on tcp port 8080 of the host' };
    const { ports } = world.controller();
    await expect(ports.publish(web, order(8080))).rejects.toThrow(
      'tcp port 8080 cannot be published: h2: "nginx" (pid 7) listens on tcp port 8080 of the host',
    );
    expect(ports.all()).toEqual([]);
    await ports.publish(web, order(8080, { pools: ['h1', 'h3'] }));
  });

  test('needs a network, and members of it', async () => {
    const { ports } = new World().controller();
    const nobody = { host: 'h1', name: 'nobody' };
    await expect(ports.publish(nobody, order(80))).rejects.toThrow('is not on a network over several hosts');
    await expect(ports.publish(web, order(80, { network: 'shop' }))).rejects.toThrow('not on network "shop"');
    await expect(ports.publish(web, order(80, { pools: ['h9'] }))).rejects.toThrow(
      'copa network join lan h9',
    );
    await expect(ports.publish(web, order(4789, { protocol: 'udp' }))).rejects.toThrow('tunnels');
  });

  test('follows the container, is free when its address is, and readers of events learn it', async () => {
    const world = new World();
    const { book, ports } = world.controller();
    await settled();
    await ports.publish(web, order(8080));
    const lease = book.lease('lan', '10.50.0.2');
    world.store.put(keys.lease('lan', '10.50.0.2'), { ...lease?.record, pool: 'h3', container: 'new' });
    await settled();
    expect(ports.all()).toMatchObject([{ lease: { record: { pool: 'h3', container: 'new' } } }]);
    world.store.remove(keys.lease('lan', '10.50.0.2'));
    await settled();
    expect(ports.all()).toEqual([]);
    await ports.publish(other, order(8080));
    expect(world.events).toMatchObject([
      { type: 'port.published', pool: 'h1', container: web.name, port: 8080 },
      { type: 'port.unpublished', pool: 'h3', container: 'new', port: 8080 },
      { type: 'port.published', pool: 'h2', port: 8080 },
    ]);
  });

  test('unpublish gives back one port or all', async () => {
    const { ports } = new World().controller();
    for (const port of [1, 2, 3]) await ports.publish(web, order(port));
    expect(await ports.unpublish(web, ({ port }) => port === 2)).toHaveLength(1);
    expect(ports.all().map(({ port }) => port)).toEqual([1, 3]);
    expect(await ports.unpublish(web, () => true)).toHaveLength(2);
    await expect(ports.unpublish(web, () => true)).rejects.toThrow('has no such published port');
  });
});

test('two controllers never give a port of a host twice', async () => {
  const steps = fc.array(
    fc.record({
      by: fc.constantFrom(0, 1),
      network: fc.constantFrom(0, 1),
      container: fc.constantFrom(0, 1, 2),
      port: fc.constantFrom(1, 2),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      pools: fc.oneof(
        fc.constant('all' as const),
        fc.uniqueArray(fc.constantFrom(...pools), { minLength: 1 }),
      ),
      kind: fc.constantFrom('publish', 'publish', 'publish', 'unpublish', 'wait', 'free'),
    }),
    { maxLength: 25 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const world = new World();
      const controllers = [world.controller(), world.controller()] as const;
      const pending: Promise<unknown>[] = [];
      const begin = (work: Promise<unknown>) => {
        work.catch(() => undefined);
        pending.push(work);
      };
      for (const { by, network, container, port, protocol, pools: on, kind } of list) {
        const address = `10.5${network}.0.${container + 2}`;
        const ref = { host: pools[container] ?? '', name: nameOf(address) };
        const { ports } = controllers[by];
        if (kind === 'publish') begin(ports.publish(ref, order(port, { protocol, pools: on })));
        else if (kind === 'unpublish') begin(ports.unpublish(ref, (each) => each.port === port));
        else if (kind === 'free') world.attach(network === 0 ? 'lan' : 'shop', address, ref.host);
        else await settled();
      }
      const outcomes = await Promise.allSettled(pending);
      const errors = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
      expect(errors.filter((error) => !(error instanceof CopaError))).toEqual([]);
      await settled();
      for (const { book, ports } of controllers) {
        const given = ports
          .all()
          .flatMap((each) => hostsOf(book, each).map((pool) => `${pool} ${each.protocol} ${each.port}`));
        expect(new Set(given).size).toBe(given.length);
      }
    }),
    { numRuns: 200 },
  );
});
