/**
 * The gRPC contract at run time: the only place that loads `agent.proto`, with the options that the types
 * in `gen/` were generated with (see the script `types:proto`).
 */
import { loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { fileURLToPath } from 'node:url';
import type { ProtoGrpcType } from './gen/agent.js';

const definition = loadSync(fileURLToPath(new URL('agent.proto', import.meta.url)), {
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
});

const loaded = loadPackageDefinition(definition) as unknown as ProtoGrpcType;

export const AgentClient = loaded.copa.agent.v1.Agent;
export const agentService = AgentClient.service;

/** The longest message either side takes: the state of a thousand containers fits, a flood does not. */
export const messageBytesMax = 64 * 1024 * 1024;
