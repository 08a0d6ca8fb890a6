/**
 * Probes between agents, in the layout of STAMP's authenticated packets (RFC 8762, 4.2.2 and 4.3.2): 112 bytes each way, so
 * a reply is never larger than its probe. COPA uses some of the bytes that STAMP leaves at zero: an ID that finds the key,
 * the kind of packet, and the session. The HMAC covers all other bytes.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const packetBytes = 112;
export const keyBytes = 32;

const at = {
  sequence: 0,
  keyId: 4,
  kind: 12,
  time: 16,
  errorEstimate: 24,
  session: 28,
  received: 32,
  probeSession: 40,
  probeSequence: 48,
  hmac: 96,
} as const;

const kinds = { probe: 1, reply: 2 } as const;
const keyIdBytes = at.kind - at.keyId;

/** Seconds from 1900, where NTP's time begins, to 1970. */
const ntpSeconds = 2_208_988_800;
/** S is set: the clock is a UTC clock; the multiplier is not zero, as the RFC requires. */
const errorEstimate = 0x8001;

/** One direction of a pair has one key, so that a packet cannot be sent back as one of the other host. */
export interface DirectionKey {
  readonly id: string;
  readonly key: Buffer;
}

export function directionKey(pairKey: Buffer, sender: string): DirectionKey {
  const key = createHmac('sha256', pairKey).update(`copa link ${sender}`).digest();
  const id = createHmac('sha256', key).update('id').digest().toString('latin1', 0, keyIdBytes);
  return { id, key };
}

export interface Probe {
  readonly sequence: number;
  /** The moment at which the sender began to send to this peer, in microseconds since 1970. */
  readonly session: number;
  /** Milliseconds since 1970, by the sender's clock. */
  readonly sentMs: number;
}

export interface Reply {
  readonly probeSession: number;
  readonly probeSequence: number;
  /** How many probes of that session the reflector has accepted, with this one. */
  readonly accepted: number;
  /** By the reflector's clock. */
  readonly receivedMs: number;
  readonly sentMs: number;
}

export function encodeProbe({ id, key }: DirectionKey, { sequence, session, sentMs }: Probe): Buffer {
  const packet = begin(id, kinds.probe, sequence, sentMs);
  packet.writeBigUInt64BE(BigInt(session), at.session);
  return signed(packet, key);
}

export function encodeReply({ id, key }: DirectionKey, reply: Reply): Buffer {
  const packet = begin(id, kinds.reply, reply.accepted, reply.sentMs);
  writeTime(packet, at.received, reply.receivedMs);
  packet.writeBigUInt64BE(BigInt(reply.probeSession), at.probeSession);
  packet.writeUInt32BE(reply.probeSequence, at.probeSequence);
  return signed(packet, key);
}

/** Where the key of a packet is found; undefined when this is no packet of COPA. Costs no cryptography. */
export function keyIdOf(packet: Buffer): string | undefined {
  if (packet.length !== packetBytes) return undefined;
  const kind = packet[at.kind];
  if (kind !== kinds.probe && kind !== kinds.reply) return undefined;
  return packet.toString('latin1', at.keyId, at.kind);
}

export type Decoded = { readonly probe: Probe } | { readonly reply: Reply };

/** Undefined when the key did not sign it, or when a number is out of range. */
export function decode(packet: Buffer, key: Buffer): Decoded | undefined {
  if (!timingSafeEqual(hmacOf(packet, key), packet.subarray(at.hmac, packetBytes))) return undefined;
  const sequence = packet.readUInt32BE(at.sequence);
  const sentMs = readTime(packet, at.time);
  if (packet[at.kind] === kinds.probe) {
    const session = Number(packet.readBigUInt64BE(at.session));
    return Number.isSafeInteger(session) ? { probe: { sequence, session, sentMs } } : undefined;
  }
  const probeSession = Number(packet.readBigUInt64BE(at.probeSession));
  if (!Number.isSafeInteger(probeSession)) return undefined;
  const probeSequence = packet.readUInt32BE(at.probeSequence);
  const receivedMs = readTime(packet, at.received);
  return { reply: { probeSession, probeSequence, accepted: sequence, receivedMs, sentMs } };
}

function begin(id: string, kind: number, sequence: number, sentMs: number): Buffer {
  const packet = Buffer.alloc(packetBytes);
  packet.writeUInt32BE(sequence, at.sequence);
  packet.write(id, at.keyId, keyIdBytes, 'latin1');
  packet[at.kind] = kind;
  writeTime(packet, at.time, sentMs);
  packet.writeUInt16BE(errorEstimate, at.errorEstimate);
  return packet;
}

function signed(packet: Buffer, key: Buffer): Buffer {
  hmacOf(packet, key).copy(packet, at.hmac);
  return packet;
}

function hmacOf(packet: Buffer, key: Buffer): Buffer {
  return createHmac('sha256', key)
    .update(packet.subarray(0, at.hmac))
    .digest()
    .subarray(0, packetBytes - at.hmac);
}

/** NTP's format: seconds since 1900, and a fraction of 32 bits. */
function writeTime(packet: Buffer, offset: number, ms: number): void {
  const seconds = Math.floor(ms / 1000);
  packet.writeUInt32BE((seconds + ntpSeconds) % 2 ** 32, offset);
  packet.writeUInt32BE(Math.floor(((ms - seconds * 1000) / 1000) * 2 ** 32), offset + 4);
}

function readTime(packet: Buffer, offset: number): number {
  const seconds = packet.readUInt32BE(offset) - ntpSeconds;
  return seconds * 1000 + (packet.readUInt32BE(offset + 4) / 2 ** 32) * 1000;
}
