/** A program that uses the installed package: it is compiled against the content of `npm pack`, and run. */
import { connect, isCopaError, type Container, type CopaEvent, type Migration } from 'copa/client';

const copa = connect({ address: process.env['COPA_ADDR'] ?? 'http://127.0.0.1:1' });
const web = { container_pool: 'server1', container_name: 'web' };

export async function life(): Promise<void> {
  await copa.pool('add', { container_pool: 'server1', ip: '10.0.0.1' });
  await copa.container('create', { ...web, image_type: 'ubuntu', cpu: 2 });
  const ran = await copa.container('exec', { ...web, command: ['uname', '-r'] });
  const code: number = ran.exit_code;
  // @ts-expect-error -- There is no such operation.
  await copa.container('explode', web);
  // @ts-expect-error -- The snapshot's name is missing.
  await copa.container('snapshot', web);
  // @ts-expect-error -- Nothing like that is answered.
  console.log(code, ran.nothing);
  for await (const { pools } of copa.pages((part) => copa.overview(part), 100)) {
    const containers: readonly Container[] = pools.flatMap((pool) => pool.containers);
    console.log(containers.length);
  }
  const id = await copa.beginMigration({ ...web, destination_pool: 'server2' });
  let end: Migration | undefined;
  for await (const migration of copa.followMigration(id)) end = migration;
  console.log(end?.downtime_ms);
  for await (const event of copa.events({ type: 'container' })) console.log(whatOf(event));
}

function whatOf(event: CopaEvent): string {
  if (event.type === 'container.moved') return `${event.container} is on ${event.destination}`;
  return event.type === 'pool.down' ? event.reason : event.type;
}

try {
  await copa.pools();
} catch (error) {
  if (!isCopaError(error, 'unavailable')) throw error;
  console.log(error.code);
}
