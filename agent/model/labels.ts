/** The labels of a container: config keys `user.copa.label.NAME`, its own or from its profiles. */
import { labelKeyPrefix, labelsIn, type Labels } from '../../common/labels.js';

/** `config` with the profiles' values. Keys that are no valid label are left out. */
export function containerLabels(config: Readonly<Record<string, string>>): Labels {
  const own = Object.entries(config).filter(([key]) => key.startsWith(labelKeyPrefix));
  return labelsIn(Object.fromEntries(own.map(([key, value]) => [key.slice(labelKeyPrefix.length), value])));
}
