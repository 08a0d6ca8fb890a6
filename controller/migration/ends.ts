/** The two hosts of a migration that is to begin, and why it cannot. */
import { CopaError } from '../../common/errors.js';
import { shown } from '../../common/names.js';
import type { HostCalls } from '../hosts/client.js';
import { decodeHost, type Host } from '../model/host.js';
import { noMapping, noTranslations } from '../model/mapping.js';
import { heldNames, type MigrationOptions } from '../model/migration.js';
import { checkIsOpen } from '../model/scheduling.js';
import { keys } from '../store/keys.js';
import { busyError } from './refusals.js';
import type { MigrationStore } from './repository.js';
import type { MigrationRequest } from './request.js';

/** With the store's entries of their addresses. */
export interface Ends {
  readonly from: HostCalls;
  readonly to: HostCalls;
  readonly pools: readonly { readonly key: string; readonly revision: number }[];
  /** As ordered, with the translations of the destination. */
  readonly options: MigrationOptions;
}

interface Parts {
  readonly store: Pick<MigrationStore, 'get' | 'getMany'>;
  readonly directory: { host(host: Host): HostCalls };
}

export class MigrationEnds {
  constructor(private readonly parts: Parts) {}

  /** Throws why it cannot begin, before a host is asked. */
  async find(request: MigrationRequest): Promise<Ends> {
    const { container, source, destination } = request;
    if (source === destination) {
      throw new CopaError(
        'invalid_argument',
        `destination_pool ${shown(destination)} is the pool that container "${container}" is on already`,
      );
    }
    const places = heldNames(request).map((held) => keys.busy(...held));
    const [from, to, ...busy] = await this.parts.store.getMany([
      keys.pool(source),
      keys.pool(destination),
      ...places,
    ]);
    if (!from) throw new CopaError('not_found', `container_pool ${shown(source)} does not exist`);
    if (!to) throw new CopaError('not_found', `destination_pool ${shown(destination)} does not exist`);
    const held = busy.find((entry) => entry !== undefined);
    if (held) throw busyError(container, held.value);
    const { directory } = this.parts;
    const host = decodeHost(to);
    if (!request.order?.mayEnter) checkIsOpen(host);
    const { mapping = noMapping } = request.options;
    return {
      from: directory.host(decodeHost(from)),
      to: directory.host(host),
      options: {
        ...request.options,
        mapping: { ...mapping, translations: host.translations ?? noTranslations },
      },
      pools: [from, to].map(({ key, revision }) => ({ key, revision })),
    };
  }

  async host(pool: string): Promise<HostCalls> {
    const entry = await this.parts.store.get(keys.pool(pool));
    // A pool with a migration cannot be removed. If it is missing all the same, a retry may find it again.
    if (!entry) throw new CopaError('unavailable', `pool ${shown(pool)} does not exist`);
    return this.parts.directory.host(decodeHost(entry));
  }

  /**
   * Throws why a migration has not begun. Returns the revision of its record if it has begun and only the reply was
   * lost.
   */
  async whyRefused(request: MigrationRequest, id: string): Promise<number> {
    const { container, source, destination } = request;
    const [begun, from, to, ...busy] = await this.parts.store.getMany([
      keys.migration(id),
      keys.pool(source),
      keys.pool(destination),
      ...heldNames(request).map((held) => keys.busy(...held)),
    ]);
    if (begun) return begun.revision;
    if (!from) throw new CopaError('not_found', `container_pool ${shown(source)} does not exist`);
    if (!to) throw new CopaError('not_found', `destination_pool ${shown(destination)} does not exist`);
    const held = busy.find((entry) => entry !== undefined);
    if (held) throw busyError(container, held.value);
    throw new CopaError('aborted', 'a pool was changed at this moment: try again');
  }
}
