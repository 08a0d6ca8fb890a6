/**
 * The rules of containers: which host, which names, and no operation during a migration. Each operation reads the
 * store once and makes one call to the host.
 */
import { CopaError, isCopaError } from '../../common/errors.js';
import type { LabelChange, Labels } from '../../common/labels.js';
import type { KeptRules } from '../../common/placement-rules.js';
import {
  checkContainerName,
  checkImageName,
  checkName,
  cpuLimitPattern,
  cpuLimitRule,
  memoryLimitPattern,
  memoryLimitRule,
  shown,
} from '../../common/names.js';
import type { ReplyOf } from '../hosts/methods.js';
import { memoizeByObject } from '../../common/async/memoize.js';
import { deadlineMs, type HostLocator } from '../hosts/locator.js';
import type { ContainerRef } from '../model/container-ref.js';
import type { ImageCopies, ImageRequest } from '../images/image-copies.js';
import type { ContainerInterface } from '../model/container.js';
import { pageOf, type Page, type PageRequest } from '../model/page.js';

/** The daemon's own data. `cpu` is the daemon's value if it reports one, else the warning that old scripts expect. */
interface ContainerInformation {
  readonly disk: unknown;
  readonly memory: unknown;
  readonly network: unknown;
  readonly cpu?: unknown;
  readonly warning?: string;
}

/** The limits of a container. An empty string removes a limit. */
export interface Limits {
  readonly cpu?: string;
  readonly memory?: string;
}

interface CreateOptions extends Limits {
  readonly start?: boolean;
  readonly labels?: Labels;
  /** The pools from which the image may come. */
  readonly mayReach: ImageRequest['mayReach'];
  /** On a network over several hosts. */
  readonly nic?: ContainerInterface | undefined;
}

/** The exact text for a container whose daemon does not report its CPU time. */
const noCpuWarning = "'ContainerState' object has no attribute 'cpu'";

export class Containers {
  constructor(
    private readonly hosts: HostLocator,
    private readonly images: Pick<ImageCopies, 'bring'>,
  ) {}

  /** The names of all containers, in the daemon's order. */
  async list(pool: string): Promise<readonly string[]> {
    return (await this.hosts.read(pool, 'ListContainers', {})).names;
  }

  async listPage(pool: string, page: PageRequest): Promise<Page<string>> {
    return pageOf(await this.list(pool), (name) => name, page);
  }

  /** Of one container. Throws `not_found` when it does not exist. */
  async information({ host, name }: ContainerRef): Promise<ContainerInformation> {
    checkContainerName('container_name', name);
    const [found] = (await this.hosts.read(host, 'GetInformation', { container: name })).containers;
    if (!found) throw noSuchContainer(host, name);
    return informationFrom(found);
  }

  /** Of every container of a pool, by name. The host makes one request to its daemon. */
  async allInformation(pool: string): Promise<InformationByName> {
    return informationByName((await this.hosts.read(pool, 'GetInformation', { container: '' })).containers);
  }

  /** Of the containers of one page. The host reads only these. */
  async informationPage(
    pool: string,
    { limit, after }: PageRequest,
  ): Promise<{ containers: InformationByName; next: string | null }> {
    const request = { container: '', limit, ...(after === undefined ? {} : { after }) };
    const { containers, next } = await this.hosts.read(pool, 'GetInformation', request);
    return { containers: informationByName(containers), next: next || null };
  }

  /**
   * Creates the container. It stays stopped unless it is to be started. An image that the pool lacks comes from another
   * pool first.
   */
  async create(
    container: ContainerRef,
    image: string,
    { start = false, labels, nic, mayReach, ...limits }: CreateOptions,
  ): Promise<void> {
    checkImageName('image_type', image);
    checkLimits(limits);
    const { name } = container;
    const host = await this.hosts.toCreate(container);
    const createFrom = (image: string) =>
      host.call(
        'CreateContainer',
        { container: name, image, limits, interface: nic ?? null },
        { deadlineMs: deadlineMs.storage },
      );
    try {
      await createFrom(image);
    } catch (error) {
      if (!isCopaError(error, 'not_found')) throw error;
      const brought = await this.#bring(image, container.host, mayReach);
      if (brought === undefined) throw error;
      await createFrom(brought);
    }
    const options = { deadlineMs: deadlineMs.change };
    if (labels) {
      const request = { container: name, set: labels, removed: [], rules: {} };
      await butCreated('labelled', host.call('SetLabels', request, options));
    }
    if (start) await butCreated('started', host.call('StartContainer', { container: name }, options));
  }

  /** The rules by which a new container was placed: they travel with it. */
  async keepRules(container: ContainerRef, rules: KeptRules): Promise<void> {
    const host = await this.hosts.toChange(container);
    const request = { container: container.name, set: {}, removed: [], rules };
    const options = { deadlineMs: deadlineMs.change };
    await butCreated('given its rules', host.call('SetLabels', request, options));
  }

  start(container: ContainerRef): Promise<void> {
    return this.#change('StartContainer', container, deadlineMs.change);
  }

  /** Shuts down cleanly. Kills the container after `timeoutSeconds`. */
  stop(container: ContainerRef, timeoutSeconds: number): Promise<void> {
    return this.#shutDown('StopContainer', container, timeoutSeconds, deadlineMs.stopMargin);
  }

  /** As `stop`, and starts it again. */
  restart(container: ContainerRef, timeoutSeconds: number): Promise<void> {
    const margin = deadlineMs.stopMargin + deadlineMs.change;
    return this.#shutDown('RestartContainer', container, timeoutSeconds, margin);
  }

  freeze(container: ContainerRef): Promise<void> {
    return this.#change('FreezeContainer', container, deadlineMs.change);
  }

  unfreeze(container: ContainerRef): Promise<void> {
    return this.#change('UnfreezeContainer', container, deadlineMs.change);
  }

  delete(container: ContainerRef): Promise<void> {
    return this.#change('DeleteContainer', container, deadlineMs.storage);
  }

  /** For a stopped container. */
  async rename(container: ContainerRef, newName: string): Promise<void> {
    const host = await this.hosts.toChange(container, newName);
    const request = { container: container.name, newName };
    await host.call('RenameContainer', request, { deadlineMs: deadlineMs.storage });
  }

  /** Creates a second, stopped container on the same pool. `interfaces` are its own, on networks over several hosts. */
  async copy(
    container: ContainerRef,
    newName: string,
    interfaces: readonly ContainerInterface[] = [],
  ): Promise<void> {
    const host = await this.hosts.toCreate(container, newName);
    const request = { container: container.name, newName, interfaces: [...interfaces] };
    await host.call('CopyContainer', request, { deadlineMs: deadlineMs.copy });
  }

  /** Sets or removes the given limits, and keeps the others. */
  async limit(container: ContainerRef, limits: Limits): Promise<void> {
    if (limits.cpu === undefined && limits.memory === undefined) {
      throw new CopaError('invalid_argument', 'give cpu or memory or both: an empty one removes the limit');
    }
    checkLimits(limits);
    const host = await this.hosts.toChange(container);
    const request = { container: container.name, limits };
    await host.call('SetLimits', request, { deadlineMs: deadlineMs.change });
  }

  /** Sets and removes labels, and keeps the others. */
  async label(container: ContainerRef, change: LabelChange): Promise<void> {
    const host = await this.hosts.toChange(container);
    const set = [...change].filter((entry): entry is [string, string] => entry[1] !== undefined);
    const removed = [...change].flatMap(([name, value]) => (value === undefined ? [name] : []));
    const request = { container: container.name, set: Object.fromEntries(set), removed, rules: {} };
    await host.call('SetLabels', request, { deadlineMs: deadlineMs.change });
  }

  async consoleLog({ host, name }: ContainerRef): Promise<string> {
    checkContainerName('container_name', name);
    const { log } = await this.hosts.read(host, 'GetConsoleLog', { container: name });
    return log.toString();
  }

  /** The fingerprint of an image that is on the pool by now; undefined when no other pool has it. */
  async #bring(image: string, to: string, mayReach: ImageRequest['mayReach']): Promise<string | undefined> {
    try {
      return (await this.images.bring({ image, to, mayReach }))?.fingerprint;
    } catch (cause) {
      if (!isCopaError(cause)) throw cause;
      const message = `image ${shown(image)} is not on this pool, and its copy from another pool failed: ${cause.message}`;
      throw new CopaError(cause.code, message, { cause });
    }
  }

  async #shutDown(
    method: 'StopContainer' | 'RestartContainer',
    container: ContainerRef,
    timeoutSeconds: number,
    marginMs: number,
  ): Promise<void> {
    const host = await this.hosts.toChange(container);
    const request = { container: container.name, timeoutSeconds };
    await host.call(method, request, { deadlineMs: timeoutSeconds * 1000 + marginMs });
  }

  async #change(
    method: 'StartContainer' | 'FreezeContainer' | 'UnfreezeContainer' | 'DeleteContainer',
    container: ContainerRef,
    deadline: number,
  ): Promise<void> {
    const host = await this.hosts.toChange(container);
    await host.call(method, { container: container.name }, { deadlineMs: deadline });
  }
}

function checkLimits({ cpu, memory }: Limits): void {
  if (cpu) checkName('cpu', cpu, cpuLimitPattern, cpuLimitRule);
  if (memory) checkName('memory', memory, memoryLimitPattern, memoryLimitRule);
}

function noSuchContainer(pool: string, container: string): CopaError {
  return new CopaError('not_found', `there is no container "${container}" on pool "${pool}"`);
}

type InformationByName = Readonly<Record<string, ContainerInformation>>;

const informationByName = memoizeByObject(
  (containers: ReplyOf<'GetInformation'>['containers']): InformationByName =>
    Object.fromEntries(containers.map((found) => [found.container, informationFrom(found)])),
);

function informationFrom(reported: ReplyOf<'GetInformation'>['containers'][number]): ContainerInformation {
  const information = {
    disk: JSON.parse(reported.diskJson) as unknown,
    memory: JSON.parse(reported.memoryJson) as unknown,
    network: JSON.parse(reported.networkJson) as unknown,
  };
  if (reported.cpuJson === '') return { ...information, warning: noCpuWarning };
  return { ...information, cpu: JSON.parse(reported.cpuJson) as unknown };
}

/** A step after the creation. Its error says that the container exists. */
async function butCreated(
  step: 'labelled' | 'given its rules' | 'started',
  work: Promise<unknown>,
): Promise<void> {
  try {
    await work;
  } catch (cause) {
    if (!isCopaError(cause)) throw cause;
    throw new CopaError(cause.code, `the container is created, but not ${step}: ${cause.message}`, { cause });
  }
}
