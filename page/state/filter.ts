/** Which pools and containers are shown. Pure. */
import type { WireContainer } from '../model/api-types.js';
import { pairTexts, statusKind, type Pool, type StatusKind } from './fleet.js';

export type Facet = 'all' | StatusKind | 'moving' | 'down';

export interface Filter {
  /** Words, each of which has to be found. */
  readonly query: string;
  readonly facet: Facet;
}

export const everything: Filter = { query: '', facet: 'all' };

const texts = new WeakMap<WireContainer, string>();

/** The visible containers of a pool; undefined when the pool itself is hidden. */
export function shownContainers(
  pool: Pool,
  { query, facet }: Filter,
  isMoving: (pool: string, name: string) => boolean,
): readonly WireContainer[] | undefined {
  if (facet === 'down' && pool.state === 'up') return undefined;
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0 && (facet === 'all' || facet === 'down')) return pool.containers;
  const poolText = `${pool.name} ${pool.ip} ${pool.daemon ?? ''} ${pool.labels.join(' ')}`.toLowerCase();
  // Words that the pool itself contains need not be in its containers.
  const wanted = words.filter((word) => !poolText.includes(word));
  const shown = pool.containers.filter(
    (container) =>
      isOf(facet, pool, container, isMoving) && wanted.every((word) => textOf(container).includes(word)),
  );
  const isNamed = words.length > 0 && wanted.length === 0 && (facet === 'all' || facet === 'down');
  return shown.length > 0 || isNamed ? shown : undefined;
}

function isOf(
  facet: Facet,
  pool: Pool,
  container: WireContainer,
  isMoving: (pool: string, name: string) => boolean,
): boolean {
  switch (facet) {
    case 'all':
    case 'down':
      return true;
    case 'moving':
      return isMoving(pool.name, container.name);
    default:
      return statusKind(container.status) === facet;
  }
}

function textOf(container: WireContainer): string {
  const known = texts.get(container);
  if (known !== undefined) return known;
  const { name, status, image, addresses, labels } = container;
  const words = [name, status, image ?? '', ...addresses, ...pairTexts(labels)];
  const text = words.join(' ').toLowerCase();
  texts.set(container, text);
  return text;
}
