/** Parameters and replies of `/REST/network/`. */
import { z } from 'zod';
import { storedRows } from '../../../common/measurements.js';
import { delegationAlgorithms, delegationModes } from '../../model/delegation.js';
import { countField, flagField, numberField, textField } from '../request/fields.js';

const locus = textField(255).meta({ description: "A pool's name.", example: 'server1' });
const last = z
  .union([z.literal('').transform(() => undefined), countField])
  .optional()
  .describe('Only so many of the newest rows; empty or absent: all that are kept, up to 10,000.');

const ms = (what: string) => numberField.describe(`${what}, in milliseconds.`);
const direction = (way: string, words: string) => ({
  [`jitter_${way}`]: ms(`Jitter ${words}`),
  [`latency_max_${way}`]: ms(`The highest latency ${words}`),
  [`latency_median_${way}`]: ms(`The median of the latency ${words}`),
  [`latency_min_${way}`]: ms(`The lowest latency ${words}`),
});

export const reads = z.object({ locus, last });

export const posts = {
  link: z.object({
    locus1: locus,
    locus2: locus,
    ...direction('1to2', 'from the first pool to the second'),
    ...direction('2to1', 'from the second pool to the first'),
    throughput: numberField.describe('Mbit/s seen on the link.'),
  }),
  resource: z.object({
    locus,
    CPU: numberField.describe('Percent of all processors.'),
    memory: numberField.describe('Percent used.'),
  }),
  wireless: z.object({
    locus,
    mac: textField(255),
    ...{ mfb: flagField, tdls: flagField, wmm: flagField, authenticated: flagField, authorized: flagField },
    ...{ expected_throughput: textField(255), inactive_time: textField(255), preamble: textField(255) },
    ...{ rx_bitrate: textField(255), signal: textField(255), signal_avg: textField(255) },
    ...{ tx_bitrate: textField(255), rx_bytes: countField, rx_packets: countField, tx_bytes: countField },
    ...{ tx_failed: countField, tx_retries: countField },
  }),
  command: z.object({
    locus,
    cmd: textField(4096),
    cmd_type: z.enum(['v', 'g', ''], 'v, g or an empty text is expected'),
    proc_time: ms('Processing time'),
    response_time: ms('Response time'),
  }),
} as const;

export const links = z.object({
  locus,
  id_last_item: countField.describe('Only rows with higher ids.'),
});

export const change = z.object({
  delegation_mode: z
    .enum(delegationModes, `one of ${delegationModes.join(', ')} is expected`)
    .optional()
    .describe('m: people move containers. a: the controller moves them, too.'),
  auto_delegation_type: z
    .enum([...delegationAlgorithms, ''], `one of ${delegationAlgorithms.join(', ')} is expected`)
    .optional()
    .describe('By what the controller moves containers in mode a.'),
});

const stamped = { id: z.int(), timestamp: z.string().describe('ISO 8601.') };

export const rows = {
  link: z
    .object({ ...stamped, locus1_id: z.string(), ...storedRows.link.shape })
    .meta({ id: 'LinkMeasurement' }),
  resource: z
    .object({ ...stamped, locus_id: z.string(), ...storedRows.resource.shape })
    .meta({ id: 'ResourceMeasurement' }),
  wireless: z
    .object({ ...stamped, locus_id: z.string(), ...storedRows.wireless.shape })
    .meta({ id: 'WirelessMeasurement' }),
  command: z
    .object({ ...stamped, locus_id: z.string(), ...storedRows.command.shape })
    .meta({ id: 'CommandMeasurement' }),
} as const;

export const isCut = z.literal(true).optional().describe('There are more rows than one answer may have.');

export const warning = z.string().optional().describe('Which pools did not answer, and are left out.');

const values = z.array(z.number());
export const linkSeries = z.object({
  name: z.string().describe('The pool at the other end.'),
  latency_up: values.describe('Medians, away from the locus, the oldest first.'),
  latency_down: values,
  jitter_up: values,
  jitter_down: values,
});

export const dashboardPool = z.object({
  name: z.string(),
  cpu: z.number().nullable().describe('The mean of 30 s; null: nothing was measured.'),
  mem: z.number().nullable(),
  throughput: z.number().nullable().describe('The mean times 1024.'),
  containers: z.array(z.object({ name: z.string(), status: z.string() })),
});
