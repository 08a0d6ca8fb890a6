/**
 * What an agent can do on a migration stream that one of version 0.1.0 cannot. Each agent lists its features when it
 * describes its host; the controller gives both agents of a pass those that both have.
 */
export const streamFeatures = ['zeros', 'changed-files', 'full-size'] as const;

export type StreamFeature = (typeof streamFeatures)[number];

/** Names of features, as they came, without those that this agent does not know. */
export function knownFeatures(names: readonly string[]): ReadonlySet<StreamFeature> {
  return new Set(streamFeatures.filter((feature) => names.includes(feature)));
}
