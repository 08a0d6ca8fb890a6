/**
 * The rows of measurements, as they are stored on a host and as REST returns them. A row has no field for the host that
 * keeps it: the controller adds it, so that no host can speak for another one.
 */
import { z } from 'zod';
import { containerNamePattern, poolNamePattern } from './names.js';

/** What programs may post. */
export const postedKinds = ['link', 'resource', 'wireless', 'command'] as const;
export type PostedKind = (typeof postedKinds)[number];

export const measurementKinds = [...postedKinds, 'container'] as const;
export type MeasurementKind = (typeof measurementKinds)[number];

/** How long rows are kept. */
export const keptMs = { rows: 24 * 3600_000, means: 30 * 24 * 3600_000 } as const;
/** The interval of measurements. */
export const measureIntervalMs = 5_000;
/** The length of what one of the means is of. */
export const meansIntervalMs = 300_000;

/** Limits of one message between controller and agent. */
export const rowsMax = 1000;
export const rowBytesMax = 16 * 1024;

/** Ids are milliseconds since 1970 with three digits behind, so that they grow across hosts and restarts. */
export const idsPerMs = 1000;

const number = z.number();
const text = z.string().max(255);
const count = z.int().nonnegative();

const direction = (way: '1to2' | '2to1') =>
  ({
    [`jitter_${way}`]: number,
    [`latency_max_${way}`]: number,
    [`latency_median_${way}`]: number,
    [`latency_min_${way}`]: number,
  }) as Record<`${'jitter' | 'latency_max' | 'latency_median' | 'latency_min'}_${typeof way}`, typeof number>;

/** Milliseconds, one way, and Mbit/s. */
const linkValues = { ...direction('1to2'), ...direction('2to1'), throughput: number };

/** Only of links that COPA itself measures. */
const measuredLinkValues = {
  loss_1to2: number.optional().describe('Percent of the probes.'),
  loss_2to1: number.optional().describe('Percent of the probes.'),
  clock_offset: number
    .optional()
    .describe("By how many milliseconds the second host's clock is ahead; it is taken out of the latencies."),
  uncertainty: number
    .optional()
    .describe('How many milliseconds each one-way latency may be wrong, if the two directions differ.'),
  throughput_measured: z.boolean().optional().describe('False: the throughput is not known, and is 0.'),
};

const host = z.string().regex(poolNamePattern);

/** The rows that programs post. */
export const postedRows = {
  link: z.object({ locus2_id: host, ...linkValues }),
  resource: z.object({ CPU: number, memory: number }),
  wireless: z.object({
    mac: text,
    mfb: z.boolean(),
    tdls: z.boolean(),
    wmm: z.boolean(),
    authenticated: z.boolean(),
    authorized: z.boolean(),
    expected_throughput: text,
    inactive_time: text,
    preamble: text,
    rx_bitrate: text,
    signal: text,
    signal_avg: text,
    tx_bitrate: text,
    rx_bytes: count,
    rx_packets: count,
    tx_bytes: count,
    tx_failed: count,
    tx_retries: count,
  }),
  command: z.object({
    cmd: z.string().max(4096),
    cmd_type: z.enum(['v', 'g', '']),
    proc_time: number,
    response_time: number,
  }),
} as const;

const rate = z.number().nonnegative();

/** The rows as they are stored. */
export const storedRows = {
  ...postedRows,
  link: postedRows.link.extend(measuredLinkValues),
  resource: postedRows.resource.extend({
    load: rate.optional().describe('Runnable processes, averaged over a minute.'),
    disk_read: rate.optional().describe('Bytes a second.'),
    disk_written: rate.optional().describe('Bytes a second.'),
    received: rate.optional().describe('Bytes a second.'),
    sent: rate.optional().describe('Bytes a second.'),
  }),
  container: z.object({
    container: z.string().regex(containerNamePattern),
    CPU: rate.describe('100 is one processor.'),
    memory: rate.describe('Bytes.'),
    received: rate.describe('Bytes a second.'),
    sent: rate.describe('Bytes a second.'),
    disk_read: rate.optional().describe('Bytes a second.'),
    disk_written: rate.optional().describe('Bytes a second.'),
  }),
} as const;

export type RowOf<Kind extends MeasurementKind> = z.output<(typeof storedRows)[Kind]>;

/** The field that tells the rows of one kind and host apart. Means are made for each of its values. */
export const subjectField = {
  link: 'locus2_id',
  container: 'container',
  wireless: 'mac',
  resource: undefined,
  command: undefined,
} as const satisfies Readonly<Record<MeasurementKind, string | undefined>>;
