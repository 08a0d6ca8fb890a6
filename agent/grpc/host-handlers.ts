/** Handlers of calls about the host: its description, images, events, usage and certificates. */
import type { AgentHandlers } from '../../proto/gen/copa/agent/v1/Agent.js';
import type { Usage } from '../../proto/gen/copa/agent/v1/Usage.js';
import type { WatchEvent } from '../../proto/gen/copa/agent/v1/WatchEvent.js';
import * as check from './validation.js';
import { UsageStream } from '../usage/usage-stream.js';
import { ChangeStream } from '../inventory/change-stream.js';
import { streamFeatures } from '../transport/stream-features.js';
import type { Calls } from './calls.js';
import { done, type AgentParts } from './parts.js';

export function hostCalls(calls: Calls, parts: AgentParts) {
  const { lxd, keeper, watch } = parts;
  return {
    DescribeHost: calls.unary(async () => {
      const daemon = await parts.daemon();
      return {
        pool: parts.pool,
        server: daemon.kind,
        serverVersion: daemon.version,
        streamPort: parts.streamPort,
        streamFeatures: [...streamFeatures],
        clockMs: Date.now(),
        architectures: [...daemon.architectures],
      };
    }),
    Watch: calls.watch(
      ({ heartbeatMs }, send: (event: WatchEvent) => boolean) =>
        new ChangeStream(watch, check.interval('heartbeat_ms', heartbeatMs), (event) =>
          send(event.daemon ? { ...event, probePort: parts.links.port } : event),
        ),
    ),
    WatchUsage: calls.watch(({ intervalMs }, send: (usage: Usage) => boolean) => {
      check.interval('interval_ms', intervalMs);
      return new UsageStream(lxd, watch, intervalMs, send);
    }),

    DescribeIdentity: calls.unary(async ({ notes }) => ({
      certificate: keeper.certificate,
      notes: notes ? [...(await keeper.notes())] : [],
      keepsNotes: true,
    })),
    UpdateTrust: calls.unary(({ trust }) => done(keeper.updateTrust(check.trust(trust)))),
    PrepareCertificate: calls.unary(async () => ({ request: await keeper.prepare() })),
    InstallCertificate: calls.unary(({ certificate, trust }) =>
      done(keeper.install(check.certificate(certificate), check.trust(trust))),
    ),
  } satisfies Partial<AgentHandlers>;
}
