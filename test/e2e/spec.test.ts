// Aim: COPA does on real LXD hosts exactly what the specification (docs/spec/rest-api.md) promises to old scripts.
// Method: its examples, run by Python's requests. Their output must equal the printed output, except for names and
// measured values. Then the results of a SIGKILL to each part.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../../deploy/lab/cluster.js';
import { agentPort } from '../../deploy/lab/host.js';
import { Lab, program } from '../../deploy/lab/lab.js';
import { run, waitFor } from '../../deploy/lab/processes.js';
import {
  Python,
  pythonObstacle,
  readExamples,
  ways,
  type Example,
  type Printed,
  type Way,
} from './examples.js';

const obstacle = (await Lab.obstacle()) ?? pythonObstacle;
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED, the specification's examples: ${obstacle} ***\n`);

const [
  listPools,
  addPool,
  removePool,
  listContainers,
  information,
  operate,
  create,
  migrate,
  listImages,
  ...more
] = readExamples() as [
  Example,
  Example,
  Example,
  Example,
  Example,
  Example,
  Example,
  Example,
  Example,
  ...Example[],
];

/** Python's text on one line, as print writes it without line breaks. */
const oneLine = (out: string): string => out.replace(/\n\s*/g, ' ');

/** Converts Python's output to JSON, as far as the specification's values need it. */
const value = (out: string): unknown => JSON.parse(out.replaceAll("'", '"'));

/**
 * The differences of `actual` from the shape of `expected`: other keys or other types. Lists are measured values,
 * each of whose members has the shape of the first printed one.
 */
function differences(actual: unknown, expected: unknown, path = 'answer'): string[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return [`${path} is no list`];
    return actual.flatMap((each, at) => differences(each, expected[0], `${path}[${at}]`));
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) return [`${path} is no object`];
    const found = actual as Record<string, unknown>;
    return Object.entries(expected).flatMap(([key, each]) =>
      key in found ? differences(found[key], each, `${path}.${key}`) : [`${path}.${key} is missing`],
    );
  }
  return typeof actual === typeof expected ? [] : [`${path} is ${JSON.stringify(actual)}`];
}

const named = ({ slash, how }: Way): string =>
  `${how === 'printed' ? 'as printed' : how}, ${slash ? 'with' : 'without'} the slash`;

test('the specification has the nine examples that are run here', () => {
  expect(more).toEqual([]);
  expect(addPool.code).toContain('"add"');
  expect(removePool.code).toContain('"remove"');
  expect(information.code).toContain('"information"');
  expect(operate.code).toContain('"start"');
  expect(create.code).toContain('"create"');
  expect(migrate.code).toContain('"migrate"');
  expect(listImages.code).toContain('image/');
});

describe.skipIf(obstacle !== undefined)(
  `the specification${obstacle === undefined ? '' : ` (${obstacle})`}`,
  () => {
    let cluster: Cluster;
    let scripts: Python;
    const ask = (code: string, way?: Way): Promise<Printed> => scripts.run(code, `${cluster.url}/`, way);
    /** The example of `start`, which "is the same for" the others. */
    const change = (operation: string): string => operate.code.replace('"start"', `"${operation}"`);

    beforeAll(async () => {
      cluster = await Cluster.up({ hosts: 2 });
      scripts = new Python();
      for (const host of cluster.hosts) {
        const { target } = (await host.lxd('/1.0/images/aliases/tiny')) as { target: string };
        await host.lxd('/1.0/images/aliases', { method: 'POST', body: { name: 'ubuntu', target } });
      }
    }, 120_000);

    afterAll(async () => {
      await scripts.end();
      await cluster.down();
    });

    test.each(ways)('pools: $how, slash: $slash', async (way) => {
      const { result } = await ask(listPools.code, way);
      expect(Object.keys(result)).toEqual(['pools', 'success']);
      expect(result).toEqual({
        pools: cluster.hosts.map(({ name, address }) => [name, address]),
        success: 'pools',
      });
      expect((await ask(addPool.code, way)).text).toBe(oneLine(addPool.out));
      expect((await ask(listPools.code, way)).result['pools']).toContainEqual(['testServer', '1.1.1.1']);
      expect((await ask(removePool.code, way)).text).toBe(oneLine(removePool.out));
      expect((await ask(listPools.code, way)).result).toEqual(result);
      const again = addPool.code.replace('"add"', '"delete"');
      expect(Object.keys((await ask(again, way)).result)).toEqual(['error']);
    });

    test.each(ways)('images: $how, slash: $slash', async (way) => {
      const { result } = await ask(listImages.code, way);
      expect(Object.keys(result)).toEqual(Object.keys(value(oneLine(listImages.out)) as object));
      expect(result['success']).toBe('Operation successful');
      const images = result['images'] as Record<string, string>;
      expect(images['ubuntu']).toMatch(/^[0-9a-f]{64}$/);
      expect(images['tiny']).toBe(images['ubuntu']);
    });

    // One life of a container for each way of sending.
    test.each(ways.map((way) => ({ name: named(way), way })))('a container: $name', async ({ way }) => {
      const success = oneLine(operate.out);
      expect((await ask(create.code, way)).text).toBe(oneLine(create.out));
      expect((await ask(listContainers.code, way)).text).toBe(oneLine(listContainers.out));
      expect((await ask(change('start'), way)).text).toBe(success);
      const told = await waitFor('the container to have an address', async () => {
        const { result } = await ask(information.code, way);
        const { network } = result as { network: { eth0?: { addresses: { family: string }[] } } };
        return network.eth0?.addresses.some(({ family }) => family === 'inet') && result;
      });
      expect(differences(told, value(oneLine(information.out)))).toEqual([]);
      const printedKeys = Object.keys(value(oneLine(information.out)) as object);
      expect(Object.keys(told)).toEqual([...printedKeys, 'cpu']);
      expect((await ask(change('freeze'), way)).text).toBe(success);
      expect((await ask(change('unfreeze'), way)).text).toBe(success);
      expect((await ask(change('stop'), way)).text).toBe(success);
      expect((await ask(change('delete'), way)).text).toBe(success);
      expect((await ask(listContainers.code, way)).result).toEqual({ containers: [] });
    });

    test.each(ways.map((way) => ({ name: named(way), way })))('a migration: $name', async ({ way }) => {
      const there = listContainers.code.replace('"server1"', '"server2"');
      await ask(create.code, way);
      if (way.how === 'printed') await ask(change('start'), way);
      expect((await ask(migrate.code, way)).text).toBe(oneLine(migrate.out));
      expect((await ask(listContainers.code, way)).result).toEqual({ containers: [] });
      expect((await ask(there, way)).text).toBe(oneLine(listContainers.out));
      const onServer2 = (operation: string) => change(operation).replace('"server1"', '"server2"');
      if (way.how === 'printed') expect((await ask(onServer2('stop'), way)).text).toBe(oneLine(operate.out));
      expect((await ask(onServer2('delete'), way)).text).toBe(oneLine(operate.out));
    });

    test('over TLS all nine run with only the base address and a header added', async () => {
      const socket = join(cluster.stateDirectory, 'rest.sock');
      const env = { ...process.env, COPA_ADDR: `unix:${socket}` };
      const copa = async (...words: string[]) =>
        (await run([process.execPath, program(), ...words], { env })).stdout.trim();
      await cluster.kill('controller');
      await cluster.startController(['--listen', `0.0.0.0:${cluster.port}`], async () => {
        await copa('pool', 'list');
        return true;
      });
      const ca = join(cluster.lab.directory, 'for-clients.crt');
      writeFileSync(ca, await copa('ca', 'show', '--pem'));
      const token = await copa('token', 'create', '--role', 'admin', '--name', 'scripts');
      const added = { ca, headers: { Authorization: `Bearer ${token}` } };
      const url = `https://127.0.0.1:${cluster.port}/REST/`;
      const secure = (code: string) => scripts.run(code, url, undefined, added);

      const { result: pools } = await secure(listPools.code);
      expect(pools['pools']).toEqual(cluster.hosts.map(({ name, address }) => [name, address]));
      for (const example of [addPool, removePool, create, listContainers, operate]) {
        expect((await secure(example.code)).text).toBe(oneLine(example.out));
      }
      const told = await waitFor('the container to have an address', async () => {
        const { result } = await secure(information.code);
        const { network } = result as { network: { eth0?: { addresses: { family: string }[] } } };
        return network.eth0?.addresses.some(({ family }) => family === 'inet') && result;
      });
      expect(differences(told, value(oneLine(information.out)))).toEqual([]);
      expect((await secure(migrate.code)).text).toBe(oneLine(migrate.out));
      expect((await secure(listImages.code)).result['success']).toBe('Operation successful');
      const onServer2 = (code: string) => code.replace('"server1"', '"server2"');
      expect((await secure(onServer2(listContainers.code))).text).toBe(oneLine(listContainers.out));
      for (const operation of ['stop', 'delete']) {
        expect((await secure(onServer2(change(operation)))).text).toBe(oneLine(operate.out));
      }

      // Without the header, or without the CA, the same script gets nothing.
      const bare = await scripts.run(listPools.code, url, undefined, { ...added, headers: {} });
      expect(Object.keys(bare.result)).toEqual(['error']);
      await expect(scripts.run(listPools.code, url)).rejects.toThrow(/CERTIFICATE_VERIFY_FAILED/);
      await cluster.kill('controller');
      await cluster.startController();
    });

    test('etcd, the controller and an agent are killed and come back, and the next request works', async () => {
      const [server1] = cluster.hosts;
      if (!server1) throw new Error('there is a host');
      const before = (await ask(listPools.code)).text;
      await ask(create.code);

      const etcd = cluster.pid('etcd');
      await cluster.kill('etcd');
      await waitFor('another etcd', () => ![etcd, undefined].includes(cluster.pid('etcd')));
      expect((await ask(listPools.code)).text).toBe(before);
      expect((await ask(change('start'))).text).toBe(oneLine(operate.out));

      await cluster.kill('controller');
      await cluster.startController();
      expect((await ask(listPools.code)).text).toBe(before);
      expect((await ask(change('stop'))).text).toBe(oneLine(operate.out));

      await server1.kill('agent');
      await server1.restart('agent');
      expect((await ask(listPools.code)).text).toBe(before);
      expect((await ask(change('delete'))).text).toBe(oneLine(operate.out));
    });

    test('no daemon listens on TCP, and none is configured to', async () => {
      for (const host of cluster.hosts) {
        const { config } = (await host.lxd('/1.0')) as { config: Record<string, unknown> };
        expect(config).not.toHaveProperty(['core.https_address']);
        const { stdout } = await host.exec(['cat', '/proc/net/tcp', '/proc/net/tcp6']);
        const ports = [...stdout.matchAll(/^ *\d+: \w+:(\w{4}) \w+:0000 0A /gm)].map(([, port = '']) =>
          parseInt(port, 16),
        );
        // The agent's ports: for the controller, for other agents, and for metrics.
        expect(ports.sort()).toEqual([agentPort, agentPort + 1, agentPort + 3]);
      }
    });
  },
);
