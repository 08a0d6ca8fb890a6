/**
 * The gRPC contract at run time: the only place that loads `agent.proto` and the files that it imports, with the options
 * that the types in `gen/` were generated with (see the script `types:proto`).
 */
import { loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { fileURLToPath } from 'node:url';
import type { ProtoGrpcType } from './gen/agent.js';

const definition = loadSync('copa/agent/v1/agent.proto', {
  includeDirs: [fileURLToPath(new URL('.', import.meta.url))],
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
});

const loaded = loadPackageDefinition(definition) as unknown as ProtoGrpcType;

export const AgentClient = loaded.copa.agent.v1.Agent;
export const agentService = AgentClient.service;

/** Limit on the messages that an agent accepts: about 50,000 revocations, more than any container's description. */
export const requestBytesMax = 4 * 1024 * 1024;

/**
 * Limit on the messages that a controller accepts: the state of a thousand containers with some thirty interfaces
 * each.
 */
export const replyBytesMax = 32 * 1024 * 1024;

/** What a frame of a multiplexed call adds to the message in it, at most. */
export const frameBytesMax = 1024;
