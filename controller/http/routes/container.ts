/** `/REST/container`: reads containers, and changes them. */
import type Router from '@koa/router';
import { z } from 'zod';
import { CopaError } from '../../../common/errors.js';
import { memoizeByObject } from '../../../common/async/memoize.js';
import { parseLabelChange, parseLabels } from '../../../common/labels.js';
import { mayReach } from '../../model/principal.js';
import type { Commands } from '../../usecases/commands.js';
import type { ContainerNetworks } from '../../usecases/container-networks.js';
import type { Containers, Limits } from '../../usecases/containers.js';
import type { Placements } from '../../usecases/placements.js';
import type { Snapshots } from '../../usecases/snapshots.js';
import type { Endpoint } from '../openapi/document.js';
import { migrateOperation, type MigrationApi } from './migrations.js';
import { placedCreation, placedMigration, placeOperation } from './placed.js';
import { placementReply } from '../openapi/placement.js';
import { operation, runOperation, type Operation } from '../openapi/operations.js';
import { next, pageRequestOf, paging } from '../openapi/paging.js';
import { JsonText } from '../request/json-text.js';
import { flag, text } from '../request/parameters.js';
import { signalOf } from '../request/access.js';
import { principalOf } from '../request/state.js';
import {
  containerRefOf,
  command,
  commandTimeout,
  containerIp,
  containerName,
  containerPool,
  documented,
  done,
  labelChange,
  limits,
  networkName,
  newLabels,
  newName,
  one,
  operationSuccessful,
  snapshotName,
  stopTimeout,
} from '../openapi/schemas.js';

export interface ContainerServices {
  readonly containers: Containers;
  readonly snapshots: Snapshots;
  readonly commands: Commands;
  readonly migrations: MigrationApi;
  /** `create` starts the container, too, unless the request says otherwise. */
  readonly createStarts?: boolean;
  readonly placements: Placements;
  readonly containerNetworks: ContainerNetworks;
}

const anything = z.unknown();
const information = z
  .object({
    disk: anything,
    memory: anything,
    network: anything,
    cpu: anything.optional(),
    warning: z.string().optional(),
  })
  .describe("As the container's daemon reports it.")
  .meta({ id: 'Information' });

export function containerRoutes(router: Router, services: ContainerServices): Endpoint[] {
  const reads = readOperations(services);
  const create = placedCreation(creation(services), services.placements);
  const changes = { create, ...changeOperations(services) };
  router.get('/REST/container', runOperation(reads));
  router.post('/REST/container', runOperation(changes));
  return [
    {
      method: 'get',
      path: '/REST/container',
      id: 'readContainers',
      noun: 'container',
      summary: 'Reads containers',
      operations: reads,
    },
    {
      method: 'post',
      path: '/REST/container',
      id: 'changeContainer',
      noun: 'container',
      summary: 'Changes a container',
      operations: changes,
    },
  ];
}

const informationByName = z.record(z.string(), information).meta({ id: 'InformationByName' });
const informationPage = z.object({ containers: informationByName, next }).meta({ id: 'InformationPage' });

const namesOf = z.strictObject({ ...documented, container_pool: containerPool, ...paging });
const namesText = memoizeByObject((names: readonly string[]) => new JsonText({ containers: names }));
const allText = memoizeByObject((all: object) => new JsonText(all));

const readOperations = ({ containers, snapshots, placements }: ContainerServices) => ({
  information: operation({
    summary: 'The state of a container, or of all containers of the pool by name, or of a page of these',
    parameters: z.strictObject({
      ...documented,
      container_pool: containerPool,
      container_name: containerName.optional(),
      ...paging,
    }),
    reply: z.union([information, informationByName, informationPage]),
    call: async ({ container_pool, container_name, ...part }) => {
      if (container_name !== undefined)
        return containers.information({ host: container_pool, name: container_name });
      const page = pageRequestOf(part);
      if (page !== undefined) return containers.informationPage(container_pool, page);
      return allText(await containers.allInformation(container_pool));
    },
  }),
  list_containers: operation({
    summary: 'The names of the containers of a pool',
    parameters: namesOf,
    reply: z.object({ containers: z.array(z.string()), next: next.optional() }),
    call: async ({ container_pool, ...part }) => {
      const page = pageRequestOf(part);
      if (page === undefined) return namesText(await containers.list(container_pool));
      const { items, next: after } = await containers.listPage(container_pool, page);
      return { containers: items, next: after };
    },
  }),
  list_snapshots: operation({
    summary: 'The snapshots of a container, the oldest first',
    parameters: z.strictObject(one),
    reply: z.object({ snapshots: z.array(z.object({ name: z.string(), created_at: z.iso.datetime() })) }),
    call: async (parameters) => ({ snapshots: await snapshots.list(containerRefOf(parameters)) }),
  }),
  console_log: operation({
    summary: "The newest part of a container's console log",
    parameters: z.strictObject(one),
    reply: z.object({ log: z.string() }),
    call: async (parameters) => ({ log: await containers.consoleLog(containerRefOf(parameters)) }),
  }),
  place: placeOperation(placements),
});

const startFlag = flag
  .optional()
  .describe('Start it, too. The default is false, unless the controller was started with --create-starts.');

const creation = ({ containers, containerNetworks, createStarts = false }: ContainerServices) =>
  operation({
    summary: 'Creates a container from an image; one that the pool lacks is copied from a pool that has it',
    parameters: z.strictObject({
      ...one,
      image_type: text,
      ...limits,
      start: startFlag,
      labels: newLabels.optional(),
      network: networkName.optional(),
      ip: containerIp.optional(),
    }),
    reply: z.object({
      success: z.literal('Container created successfully.'),
      container_pool: z.string().optional().describe('Where it is, if the request left that open.'),
      placement: placementReply.optional(),
      ip: z.string().optional().describe('Its address in the network, if it is on one.'),
    }),
    call: async ({ image_type, start = createStarts, labels, network, ip, ...parameters }, ctx) => {
      const options = {
        ...limitsOf(parameters),
        start,
        mayReach: (pool: string) => mayReach(principalOf(ctx), pool),
        ...(labels === undefined ? {} : { labels: parseLabels('labels', labels) }),
      };
      const container = containerRefOf(parameters);
      const success = { success: 'Container created successfully.' };
      if (network === undefined) {
        if (ip !== undefined) throw new CopaError('invalid_argument', 'ip needs network');
        await containers.create(container, image_type, options);
        return success;
      }
      return containerNetworks.withAddress(container, { network, ip }, async (nic) => {
        await containers.create(container, image_type, { ...options, nic });
        return { ...success, ip: nic.address };
      });
    },
  });

const changeOperations = ({
  containers,
  snapshots,
  commands,
  migrations,
  placements,
  containerNetworks,
}: ContainerServices) => ({
  start: plain('Starts it', (parameters) => containers.start(containerRefOf(parameters))),
  stop: plain(
    'Shuts it down; kills it only when that takes longer than `stop_timeout`',
    (parameters) => containers.stop(containerRefOf(parameters), parameters.stop_timeout),
    { stop_timeout: stopTimeout },
  ),
  restart: plain(
    'Shuts it down, as `stop` does, and starts it again',
    (parameters) => containers.restart(containerRefOf(parameters), parameters.stop_timeout),
    { stop_timeout: stopTimeout },
  ),
  freeze: plain('Suspends its processes', (parameters) => containers.freeze(containerRefOf(parameters))),
  unfreeze: plain('Resumes its processes', (parameters) => containers.unfreeze(containerRefOf(parameters))),
  delete: plain('Deletes a stopped container with its snapshots', (parameters) =>
    containers.delete(containerRefOf(parameters)),
  ),
  migrate: placedMigration(migrateOperation(migrations), placements),
  rename: plain(
    'Gives a stopped container another name',
    (parameters) => containers.rename(containerRefOf(parameters), parameters.new_name),
    { new_name: newName },
  ),
  copy: plain(
    'Creates a second container from it on the same pool: stopped, with its snapshots, and with addresses of its own',
    (parameters) => {
      const container = containerRefOf(parameters);
      const { new_name: name } = parameters;
      return containerNetworks.withAddressesOfCopy(container, name, (nics) =>
        containers.copy(container, name, nics),
      );
    },
    { new_name: newName },
  ),
  limits: plain(
    'Limits its usage, at once and after its next start; a limit that is not given does not change',
    (parameters) => containers.limit(containerRefOf(parameters), limitsOf(parameters)),
    limits,
  ),
  label: plain(
    'Sets and removes labels of it, and keeps the others',
    (parameters) =>
      containers.label(containerRefOf(parameters), parseLabelChange('labels', parameters.labels)),
    { labels: labelChange },
  ),
  ...networkOperations(containerNetworks),
  exec: operation({
    summary: 'Runs a command in it to its end, without input',
    parameters: z.strictObject({ ...one, command, timeout: commandTimeout }),
    reply: z.object({
      success: done.shape.success,
      exit_code: z.int(),
      stdout: z.string(),
      stderr: z.string(),
      truncated: z.literal(true).optional(),
    }),
    call: async ({ command: words, timeout, ...parameters }, ctx) => ({
      ...operationSuccessful,
      ...(await commands.run(containerRefOf(parameters), words, timeout, signalOf(ctx))),
    }),
  }),
  ...snapshotOperations(snapshots),
});

const networkOperations = (containerNetworks: ContainerNetworks) => ({
  attach: operation({
    summary: 'Puts a stopped container on a network over several hosts, with an address that it keeps',
    parameters: z.strictObject({
      ...one,
      network: networkName,
      ip: containerIp.optional(),
      device: text
        .default('eth0')
        .describe('The name of its interface there, instead of one from a profile.'),
    }),
    reply: z.object({ success: done.shape.success, ip: z.string() }),
    call: async ({ network, ip, device, ...parameters }) => {
      const { address } = await containerNetworks.attach(containerRefOf(parameters), { network, ip, device });
      return { ...operationSuccessful, ip: address };
    },
  }),
  detach: plain(
    'Takes a stopped container off a network, and frees its address',
    (parameters) => containerNetworks.detach(containerRefOf(parameters), parameters.network),
    { network: networkName },
  ),
});

const snapshotOperations = (snapshots: ContainerServices['snapshots']) => ({
  snapshot: plain(
    'Takes a snapshot of it',
    (parameters) => snapshots.create(containerRefOf(parameters), parameters.snapshot_name),
    { snapshot_name: snapshotName },
  ),
  restore: plain(
    'Restores a snapshot: later changes are lost. If it runs it is shut down, as `stop` does, and started again',
    (parameters) =>
      snapshots.restore(containerRefOf(parameters), parameters.snapshot_name, parameters.stop_timeout),
    { snapshot_name: snapshotName, stop_timeout: stopTimeout },
  ),
  delete_snapshot: plain(
    'Deletes one of its snapshots',
    (parameters) => snapshots.delete(containerRefOf(parameters), parameters.snapshot_name),
    { snapshot_name: snapshotName },
  ),
});

/** An operation on one container whose reply has no data. */
function plain<More extends z.ZodRawShape = typeof one>(
  summary: string,
  work: (parameters: z.output<z.ZodObject<typeof one & More>>) => Promise<void>,
  more?: More,
): Operation {
  return operation({
    summary,
    parameters: z.strictObject({ ...one, ...more } as typeof one & More),
    reply: done,
    call: async (parameters) => {
      await work(parameters);
      return operationSuccessful;
    },
  });
}

function limitsOf({ cpu, memory }: { cpu?: string | undefined; memory?: string | undefined }): Limits {
  return { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
}
