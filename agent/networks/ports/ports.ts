/**
 * The ports of this host that lead to containers, as a controller or this host's own file gives them. Everything is checked
 * here: it becomes rules of nftables.
 */
import { z } from 'zod';
import { CopaError } from '../../../common/errors.js';
import { networkNamePattern } from '../../../common/net/networks.js';
import { portMax, protocols, reservedFor } from '../../../common/net/ports.js';

const port = z.int().min(1).max(portMax);

const portSchema = z
  .object({
    network: z.string().regex(networkNamePattern),
    protocol: z.enum(protocols),
    /** Of the host. */
    port,
    /** Of the container. */
    address: z.ipv4(),
    containerPort: port,
  })
  .refine((each) => reservedFor(each.protocol, each.port) === undefined, 'the hosts need this port');

export type ForwardedPort = z.output<typeof portSchema>;

const portsSchema = z
  .array(portSchema)
  .refine((all) => new Set(all.map(keyOf)).size === all.length, 'one is given twice');

/** As `tcp/8080`. */
export function keyOf({ protocol, port: number }: Pick<ForwardedPort, 'protocol' | 'port'>): string {
  return `${protocol}/${number}`;
}

/** Throws `invalid_argument`. */
export function checkPorts(given: unknown): readonly ForwardedPort[] {
  const parsed = portsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new CopaError('invalid_argument', `ports ${where} is not valid: ${issue?.message ?? ''}`);
}
