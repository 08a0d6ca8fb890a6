/** Where a container goes on a host on which storage pools, networks and profiles have other names. */
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';
import { hostNamePattern, hostNameRule, shown } from '../../common/names.js';
import type { Mapping } from '../../proto/gen/copa/agent/v1/Mapping.js';

/** From name on the source to name on the destination. */
const names = z.record(z.string(), z.string());

/** Translations that hold for all moves to a pool. */
export const translationsSchema = z.object({ storage: names, networks: names, profiles: names });
export type Translations = z.infer<typeof translationsSchema>;

/** The same as REST shows them. */
export const translationsReply = translationsSchema
  .describe('From names on other pools to names on this one, in all moves to it.')
  .meta({ id: 'Translations' });

export function hasTranslations({ storage, networks, profiles }: Translations): boolean {
  return [storage, networks, profiles].some((names) => Object.keys(names).length > 0);
}

export const noTranslations: Translations = { storage: {}, networks: {}, profiles: {} };

export const profileModes = ['same', 'map', 'flatten'] as const;

export const mappingSchema = z.object({
  /** The storage pool of the root disk; empty: by the pool's translations. */
  storage: z.string(),
  /** Of all NICs that `nics` does not name; empty: by the pool's translations. */
  network: z.string(),
  /** From NIC to network. */
  nics: names,
  /** Not given: by the pool's translations, where it has some. */
  profiles: z.enum(profileModes).optional(),
  /** Of the destination, as they were when the move began. */
  translations: translationsSchema,
});
export type MappingOrder = z.infer<typeof mappingSchema>;

export const noMapping: MappingOrder = {
  storage: '',
  network: '',
  nics: {},
  translations: noTranslations,
};

/** The same for an agent; null when there is nothing to translate. */
export function mappingFor(order: MappingOrder | undefined): Mapping | null {
  if (!order) return null;
  const { storage, network, nics, profiles: mode, translations } = order;
  const profiles = mode === undefined || mode === 'map' ? translations.profiles : {};
  const flatten = mode === 'flatten';
  const maps = [nics, profiles, translations.storage, translations.networks];
  if (!storage && !network && !flatten && maps.every((each) => Object.keys(each).length === 0)) return null;
  return {
    ...{ storage, network, nics, flatten, profiles },
    ...{ storagePools: translations.storage, networks: translations.networks },
  };
}

/** Names of a mapping as they are written in one parameter: `eth0=br0,eth1=br1`. */
export function formatNames(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([from, to]) => `${from}=${to}`)
    .join(',');
}

/** Throws `invalid_argument` unless each of these comma-separated parts is FROM=TO, and no FROM comes twice. */
export function parseNames(field: string, text: string, rule: string): Record<string, string> {
  const found = new Map<string, string>();
  for (const part of text.split(',')) {
    const [from = '', to, ...more] = part.split('=').map((word) => word.trim());
    if (to === undefined || more.length > 0 || found.has(from)) {
      throw new CopaError('invalid_argument', `${field} ${shown(text)} is not valid: ${rule}`);
    }
    for (const name of [from, to]) checkHostName(field, name);
    found.set(from, to);
  }
  return Object.fromEntries(found);
}

/** Throws `invalid_argument` for what no daemon calls a storage pool, a network, a profile or a device. */
export function checkHostName(field: string, name: string): void {
  if (hostNamePattern.test(name)) return;
  throw new CopaError('invalid_argument', `${field} ${shown(name)} is not valid: ${hostNameRule}`);
}

const networkRule =
  'the name of a network is expected, or pairs NIC=NETWORK, separated by commas, each NIC once (eth0=br0,eth1=lan)';

/** The parameter `destination_network`: one name for all NICs, or NIC by NIC. */
export function parseNetwork(text: string): Pick<MappingOrder, 'network' | 'nics'> {
  if (text === '') return { network: '', nics: {} };
  if (text.includes('=') || text.includes(',')) {
    return { network: '', nics: parseNames('destination_network', text, networkRule) };
  }
  checkHostName('destination_network', text);
  return { network: text, nics: {} };
}
