/** Handlers of calls about measurements: what programs posted about this host, and what it measured itself. */
import type { AgentHandlers } from '../../proto/gen/copa/agent/v1/Agent.js';
import type { MeasurementStore } from '../measurements/measurement-store.js';
import type { Calls } from './calls.js';
import type { AgentParts } from './parts.js';
import * as check from './measurement-validation.js';

export function measurementCalls(
  calls: Calls,
  { measurements, links }: Pick<AgentParts, 'measurements' | 'links'>,
) {
  return {
    AppendMeasurements: calls.unary(async ({ kind, rowsJson, idFloor }) => {
      const posted = check.postedKind(kind);
      const rows = check.rows(posted, rowsJson);
      await measurements.raiseIds(check.idFloor(idFloor));
      for (const row of rows) if ('locus2_id' in row) links.posted(row.locus2_id);
      return { lastId: await measurements.append(posted, rows) };
    }),
    ReadMeasurements: calls.unary(async ({ kind, limit, subject, coarse, ...range }) => {
      const query = {
        kind: check.measurementKind(kind),
        limit: check.rowLimit(limit),
        belowId: check.wholeNumber('below_id', range.belowId),
        aboveId: check.wholeNumber('above_id', range.aboveId),
        ageMsMax: check.wholeNumber('age_ms_max', range.ageMsMax),
        ...(subject === '' ? {} : { subject }),
        isCoarse: coarse,
      };
      await measurements.raiseIds(check.idFloor(range.idFloor));
      const { rows, next } = await measurements.read(query);
      return { rows: [...rows], next };
    }),
    SetLinkPeers: calls.unary(({ peers }) => {
      links.setPeers(check.linkPeers(peers));
      return Promise.resolve({});
    }),
    SummarizeMeasurements: calls.unary(({ ageMsMax }) =>
      summarize(measurements, check.wholeNumber('age_ms_max', ageMsMax)),
    ),
  } satisfies Partial<AgentHandlers>;
}

async function summarize(measurements: MeasurementStore, ageMsMax: number) {
  const [hosts, rows] = await Promise.all([
    measurements.recent('resource', ageMsMax),
    measurements.recent('link', ageMsMax),
  ]);
  return {
    ...meanOf(
      'cpu',
      hosts.map(({ CPU }) => CPU),
    ),
    ...meanOf(
      'memory',
      hosts.map(({ memory }) => memory),
    ),
    ...meanOf(
      'throughput',
      rows.flatMap((row) => (row.throughput_measured === false ? [] : [row.throughput])),
    ),
  };
}

/** Nothing when there are no values. */
function meanOf(name: 'cpu' | 'memory' | 'throughput', values: readonly number[]) {
  if (values.length === 0) return {};
  return { [name]: values.reduce((sum, value) => sum + value, 0) / values.length };
}
