/** The rules of containers on networks over several hosts: an address is reserved before a container gets it. */
import { CopaError, isUnknownOutcome } from '../../common/errors.js';
import { checkContainerName } from '../../common/names.js';
import { deadlineMs, type HostLocator } from '../hosts/locator.js';
import type { ContainerRef } from '../model/container-ref.js';
import type { ContainerInterface } from '../model/container.js';
import type { Wanted } from '../networks/addresses.js';
import type { Networks } from '../networks/networks.js';

/** How long a host that has just joined may take. */
const readyMs = 10_000;

export class ContainerNetworks {
  constructor(
    private readonly hosts: HostLocator,
    private readonly networks: Networks,
  ) {}

  /** Works with an address for a new container. It is given back when the work fails definitely. */
  async withAddress<Result>(
    container: ContainerRef,
    wanted: Wanted,
    work: (nic: ContainerInterface) => Promise<Result>,
  ): Promise<Result> {
    checkContainerName('container_name', container.name);
    await this.#checkReady(wanted.network, container.host);
    const { addresses } = this.networks;
    const nic = await addresses.reserve(container, wanted);
    try {
      return await work(nic);
    } catch (error) {
      // Otherwise the container may be there, and the inventory shows it.
      if (!isUnknownOutcome(error)) await addresses.release(nic);
      throw error;
    }
  }

  /** Works with addresses of its own for a copy of a container, one on each network of the original. */
  async withAddressesOfCopy(
    original: ContainerRef,
    newName: string,
    work: (nics: readonly ContainerInterface[]) => Promise<void>,
  ): Promise<void> {
    const copy = { host: original.host, name: newName };
    const withRest = (
      [first, ...rest]: readonly Wanted[],
      nics: readonly ContainerInterface[],
    ): Promise<void> =>
      first === undefined
        ? work(nics)
        : this.withAddress(copy, first, (nic) => withRest(rest, [...nics, nic]));
    const wanted = this.networks.book
      .leasesOf(original)
      .map(({ network, record: { device } }) => ({ network, device }));
    await withRest(wanted, []);
  }

  /** Puts a stopped container on a network. Harmless when repeated. */
  async attach(container: ContainerRef, wanted: Wanted): Promise<ContainerInterface> {
    const host = await this.hosts.toChange(container);
    const options = { deadlineMs: deadlineMs.change };
    const give = async (nic: ContainerInterface) => {
      await host.call('AttachNetwork', { container: container.name, interface: nic }, options);
      return nic;
    };
    const known = this.networks.book.leasesOf(container).find(({ network }) => network === wanted.network);
    if (!known) return this.withAddress(container, wanted, give);
    const { network, address, record } = known;
    if (wanted.ip !== undefined && wanted.ip !== address)
      throw new CopaError(
        'already_exists',
        `container "${container.name}" has the address ${address} in network "${network}": detach it first`,
      );
    return give({ network, address, mac: record.mac, device: record.device });
  }

  /** Takes a stopped container off a network, and frees its address. */
  async detach(container: ContainerRef, network: string): Promise<void> {
    const host = await this.hosts.toChange(container);
    const request = { container: container.name, network };
    await host.call('DetachNetwork', request, { deadlineMs: deadlineMs.change });
    const leases = this.networks.book.leasesOf(container).filter((lease) => lease.network === network);
    for (const lease of leases) await this.networks.addresses.release(lease);
  }

  /** Throws `failed_precondition` with the reason why its host has not got the network yet. */
  async #checkReady(network: string, pool: string): Promise<void> {
    const { networks } = this;
    networks.checkMember(network, pool);
    if (networks.hostState(network, pool).state === 'ready') return;
    await networks.settle(readyMs);
    const { state, problem } = networks.hostState(network, pool);
    if (state === 'ready') return;
    throw new CopaError(
      'failed_precondition',
      `network "${network}" is not ready on pool "${pool}": ${problem ?? 'the host has not confirmed it yet'}`,
    );
  }
}
