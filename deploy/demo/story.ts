/** The steps of the demo, on a running cluster without pools. */
import type { MigrationView } from '../../controller/model/migration-view.js';
import type { Cluster, Reply } from '../lab/cluster.js';
import type { Host } from '../lab/host.js';
import { waitFor } from '../lab/processes.js';
import { ShownClient } from './client.js';
import { follow } from './follow.js';
import { maintain, type Shown } from './maintenance.js';
import { duration, type Screen } from './screen.js';
import { ask, Visitor } from './visitor.js';

const container = 'web';
const page = 'Hello. I was written on server1.';

/** Throws when a step has an unexpected result. */
export async function say(cluster: Cluster, screen: Screen): Promise<void> {
  const rest = new ShownClient(cluster, screen);
  const [server1, server2, server3] = cluster.hosts;
  if (!server1 || !server2 || !server3) throw new Error('the demo needs three hosts');

  screen.step(
    'Register the hosts',
    'A host that runs containers is a pool. The controller keeps pools in etcd.',
  );
  for (const host of cluster.hosts)
    await rest.post('pools/', { operation: 'add', container_pool: host.name, ip: host.address });
  await rest.get('pools/');

  screen.step(
    'List the images for containers',
    'The images of all pools, by alias. "tiny" is the lab\'s: 2 MB.',
  );
  await rest.get('image/');

  screen.step(
    'Create a container and start it',
    'It counts on its disk, ten times a second, and serves the count.',
  );
  const names = { container_name: container, container_pool: server1.name };
  await rest.post('container/', { operation: 'create', ...names, image_type: 'tiny' });
  await rest.post('container/', { operation: 'start', ...names });
  const address = await server1.containerAddress(container);
  await waitFor(`${container} to serve`, () => ask(address, '/counter'));

  screen.step(
    'Use it',
    'This step is not REST: the demo writes a page and 48 MB of data into the container, and reads it as its users do.',
  );
  await write(server1, screen);
  await show(screen, address);

  screen.step('Read its state', "The daemon's own data.");
  await rest.get('container/', { operation: 'information', ...names });

  screen.step(
    `Migrate it to ${server2.name}, and watch`,
    `A client reads the container's counter every 20 ms, all the time. With "Prefer: respond-async" the call returns the address of the migration at once, which the demo polls ten times a second.`,
  );
  const first = await visited(screen, address, async () => {
    const reply = await rest.post(
      'container/',
      { operation: 'migrate', ...names, destination_pool: server2.name },
      { Prefer: 'respond-async' },
    );
    await watch(cluster, screen, reply);
  });

  screen.step('The same container, on another host', 'Same address, same files; the counter continues.');
  await show(screen, address);
  for (const { name } of [server1, server2])
    await rest.get('container/', { operation: 'list_containers', container_pool: name });

  screen.step(
    `And on to ${server3.name}`,
    'The call as old scripts make it: it answers when the container runs on the other host.',
  );
  const second = await visited(screen, address, () =>
    rest.post('container/', {
      operation: 'migrate',
      container_name: container,
      container_pool: server2.name,
      destination_pool: server3.name,
    }),
  );
  await show(screen, address);

  const [third, fourth] = await maintained({ cluster, rest, screen }, server3.name, address);

  const waits = [first, second, third].map(duration).join(', ');
  screen.title(
    `Moved four times while in use. Its users waited ${waits} and ${duration(fourth)}; nothing was lost.`,
  );
}

/** Empties the container's host, and fills it again. Returns for how long its users waited each time. */
async function maintained(shown: Shown, pool: string, address: string): Promise<[number, number]> {
  const { screen } = shown;
  screen.step(
    `Empty ${pool} for maintenance`,
    'Each container gets another pool, and nothing new is put on this one. It goes on if the controller dies.',
  );
  const out = await visited(screen, address, () => maintain(shown, 'evacuate', pool));
  screen.step(`And fill ${pool} again`, 'What left comes back to where it was.');
  const back = await visited(screen, address, () => maintain(shown, 'restore', pool));
  await show(screen, address);
  return [out, back];
}

async function write(host: Host, screen: Screen): Promise<void> {
  const script = `echo "${page}" > /www/hello.txt; dd if=/dev/urandom of=/data/ballast bs=1M count=48 2>/dev/null`;
  screen.command([
    'npm run lab -- run --lab demo',
    host.name,
    '--',
    `lxc exec ${container} -- sh -c`,
    `'${script}'`,
  ]);
  await host.lxc('exec', container, '--', 'sh', '-c', script);
}

/** Sends a request as the container's users do, and checks values that only the same container can return. */
async function show(screen: Screen, address: string): Promise<void> {
  for (const path of ['/hello.txt', '/counter']) {
    screen.command(['curl', `http://${address}${path}`]);
    const asked = performance.now();
    const body = await ask(address, path);
    screen.good(body, performance.now() - asked);
    if (path === '/hello.txt' && body !== page) throw new Error(`the container's page is now: ${body}`);
  }
}

/** Uses the container during an action. Returns for how long its users got no reply. */
async function visited(screen: Screen, address: string, happen: () => Promise<unknown>): Promise<number> {
  const before = Number(await ask(address, '/counter'));
  const visitor = new Visitor(address);
  try {
    await waitFor('the visitor to be answered', () => visitor.answered > 10);
    await happen();
    const seen = visitor.answered;
    await waitFor('the visitor to be answered after the move', () => visitor.answered > seen + 10);
  } finally {
    visitor.leave();
  }
  const { silenceMs, unanswered } = visitor.leave();
  const after = Number(await ask(address, '/counter'));
  if (!(after > before)) throw new Error(`the counter went from ${before} to ${after}`);
  screen.good(
    `Its users got no reply for ${duration(silenceMs)} (${visitor.answered} requests answered, ${unanswered} not).`,
  );
  return silenceMs;
}

async function watch(cluster: Cluster, screen: Screen, reply: Reply): Promise<void> {
  const path = (reply.headers.get('location') ?? '').replace('/REST/', '');
  screen.command(['curl', `${cluster.url}/${path}`]);
  const view = await follow(screen, async () => {
    const { status, body } = await cluster.request('GET', path);
    if (status !== 200) throw new Error(`GET /REST/${path}: ${JSON.stringify(body)}`);
    return body as unknown as MigrationView;
  });
  if (view.state !== 'done') throw new Error(`the migration ended as ${view.state}: ${view.error ?? ''}`);
  const { shutdown_ms = 0, last_pass_ms = 0, start_ms = 0 } = view.downtime ?? {};
  screen.good(
    `Down for ${duration(view.downtime_ms ?? 0)}: shutdown ${duration(shutdown_ms)}, last pass ${duration(last_pass_ms)}, start ${duration(start_ms)}.`,
  );
}
