/** Names of containers in networks, as a controller or this host's own file gives them. People choose them freely. */
import { z } from 'zod';
import { CopaError } from '../../../common/errors.js';
import { containerNamePattern } from '../../../common/names.js';
import { networkNamePattern } from '../../../common/net/networks.js';

const nameSchema = z.object({
  network: z.string().regex(networkNamePattern),
  /** One label of DNS. */
  name: z.string().regex(containerNamePattern),
  address: z.ipv4(),
});

export type NetworkName = z.output<typeof nameSchema>;

const namesSchema = z.array(nameSchema);

/** Throws `invalid_argument`. */
export function checkNames(given: unknown): readonly NetworkName[] {
  const parsed = namesSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new CopaError('invalid_argument', `names ${where} is not valid: ${issue?.message ?? ''}`);
}
