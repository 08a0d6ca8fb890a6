/**
 * The stream features that an agent of version 0.1.0 does not have. Each agent lists its features when it describes
 * its host. The controller enables the features that both agents of a pass have.
 */
export const streamFeatures = ['zeros', 'changed-files', 'full-size', 'images'] as const;

export type StreamFeature = (typeof streamFeatures)[number];

/** The received features that this agent knows. */
export function knownFeatures(names: readonly string[]): ReadonlySet<StreamFeature> {
  return new Set(streamFeatures.filter((feature) => names.includes(feature)));
}
