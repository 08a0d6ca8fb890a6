/** The order of a move: its parameters, and what they mean. */
import { z } from 'zod';
import {
  checkTimeoutMsMax,
  checkTimeoutMsMin,
  parseContainerCheck,
} from '../../../common/container-check.js';
import { CopaError } from '../../../common/errors.js';
import {
  checkName,
  containerNamePattern,
  containerNameRule,
  poolNamePattern,
  poolNameRule,
  shown,
} from '../../../common/names.js';
import type { MigrationRequest } from '../../migration/request.js';
import {
  checkHostName,
  noMapping,
  parseNetwork,
  profileModes,
  type MappingOrder,
} from '../../model/mapping.js';
import type { MigrationOptions } from '../../model/migration.js';
import { containerName, containerPool } from '../openapi/schemas.js';
import { flag, text, time, unused, wholeNumber } from '../request/parameters.js';

export const migrationOrderSchema = z.strictObject({
  operation: unused,
  image_type: unused,
  container_name: containerName,
  container_pool: containerPool,
  destination_pool: text.describe('The destination.'),
  stop_timeout: wholeNumber(1, 3600)
    .default(30)
    .describe('How many seconds it may take to shut down; if it takes longer, the migration is undone.'),
  force: flag.default(false).describe('Kill it when it has not shut down in time.'),
  live: flag
    .default(false)
    .describe(
      'Move the running processes (CRIU) instead of stopping and starting it; refused if a host cannot.',
    ),
  passes_max: wholeNumber(0, 20).optional().describe('Copies made while it runs, at most; 0 stops it first.'),
  bandwidth_limit: wholeNumber(0, 100_000_000_000)
    .default(0)
    .describe('Bytes a second, at most; 0 is no limit.'),
  compress: flag
    .default(false)
    .describe(
      'Compress on the way, for a link slower than some 20 MB/s; on a faster one it only takes longer.',
    ),
  keep_source_as: text.default('').describe('Keep the source, stopped, under this name.'),
  max_downtime: time(100, 3600_000).optional().meta({
    description:
      'It is stopped only when its predicted downtime is not longer (2s, 500ms, 1m); else more passes are made, up to passes_max, and then the move goes back.',
    example: '2s',
  }),
  settle_seconds: wholeNumber(0, 600)
    .default(2)
    .describe(
      'How many seconds it has to stay up on the destination; if it stops by itself, the move goes back.',
    ),
  check: text.default('').meta({
    description: `What it has to do on the destination when it has stayed up. \`exec:COMMAND\` runs in the container by \`sh -c\` and has to end with 0. \`http://:PORT/PATH\` has to answer with a status from 200 to 399, \`tcp://:PORT\` has to accept a connection; both are addresses of the container itself. It is tried again until it passes or \`check_timeout\` is over.`,
    example: 'http://:8080/health',
  }),
  check_timeout: time(checkTimeoutMsMin, checkTimeoutMsMax)
    .default(30_000)
    .meta({ description: 'The time within which the check has to pass (30s, 2m).', example: '30s' }),
  on_check_failure: z
    .enum(['stay', 'back'], 'one of stay, back is expected')
    .default('stay')
    .describe(
      'stay: the failure is reported. back: the source runs again, and the copy is kept, stopped, under another name; what was written there is in that copy alone.',
    ),
  destination_storage: text
    .default('')
    .meta({ description: 'The storage pool on the destination for its root disk.', example: 'tank' }),
  destination_network: text.default('').meta({
    description:
      'The network on the destination, managed or a bridge of the host: one name for all NICs, or pairs NIC=NETWORK, separated by commas.',
    example: 'eth0=br0',
  }),
  profiles: z
    .enum(profileModes, `one of ${profileModes.join(', ')} is expected`)
    .optional()
    .describe(
      "same: those of the same names. map: as the destination's translations say; the default, if it has some. flatten: none; what they gave is written into the container.",
    ),
  new_name: text
    .default('')
    .describe(
      `The name that it gets on the destination: ${containerNameRule}; without one it keeps its own.`,
    ),
  priority: wholeNumber(-100, 100)
    .default(0)
    .describe('In the queue of moves, the higher one goes first; of equal ones, the older one.'),
  dry_run: flag.default(false).describe('Only check, and report what prevents the migration.'),
});

export type MigrationOrder = z.output<typeof migrationOrderSchema>;

/** Throws `invalid_argument` for what no schema can express. */
export function migrationRequestOf(parameters: MigrationOrder): MigrationRequest {
  const isRenamed = parameters.new_name !== '' && parameters.new_name !== parameters.container_name;
  const request: MigrationRequest = {
    container: parameters.container_name,
    source: parameters.container_pool,
    destination: parameters.destination_pool,
    options: {
      stopTimeoutSeconds: parameters.stop_timeout,
      force: parameters.force,
      live: parameters.live,
      passesMax: parameters.passes_max ?? (parameters.max_downtime === undefined ? 5 : 20),
      bytesPerSecondMax: parameters.bandwidth_limit,
      compress: parameters.compress,
      keepSourceAs: parameters.keep_source_as,
      settleSeconds: parameters.settle_seconds,
      ...(isRenamed ? { newName: parameters.new_name } : {}),
      mapping: mappingIn(parameters),
      ...(parameters.priority === 0 ? {} : { priority: parameters.priority }),
      ...(parameters.max_downtime === undefined ? {} : { maxDowntimeMs: parameters.max_downtime }),
      ...checkIn(parameters),
    },
  };
  checkRequest(request);
  return request;
}

function mappingIn(order: MigrationOrder): MappingOrder {
  const { destination_storage: storage, destination_network: network, profiles } = order;
  if (storage) checkHostName('destination_storage', storage);
  return {
    ...noMapping,
    storage,
    ...parseNetwork(network),
    ...(profiles === undefined ? {} : { profiles }),
  };
}

function checkIn(order: MigrationOrder): Pick<MigrationOptions, 'check'> {
  const { check: target, check_timeout: timeoutMs, on_check_failure: onFailure } = order;
  if (target === '') {
    if (onFailure === 'stay') return {};
    throw new CopaError('invalid_argument', 'on_check_failure=back needs a check');
  }
  parseContainerCheck('check', target);
  return { check: { target, timeoutMs, onFailure } };
}

function checkRequest({ container, source, destination, options }: MigrationRequest): void {
  const { keepSourceAs, newName } = options;
  checkName('container_name', container, containerNamePattern, containerNameRule);
  checkName('container_pool', source, poolNamePattern, poolNameRule);
  checkName('destination_pool', destination, poolNamePattern, poolNameRule);
  if (newName !== undefined) checkName('new_name', newName, containerNamePattern, containerNameRule);
  if (!keepSourceAs) return;
  checkName('keep_source_as', keepSourceAs, containerNamePattern, containerNameRule);
  if (keepSourceAs !== container) return;
  throw new CopaError(
    'invalid_argument',
    `keep_source_as ${shown(keepSourceAs)} is the container's own name: give another one`,
  );
}
