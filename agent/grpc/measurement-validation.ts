/** Validation of what concerns measurements. */
import { isIPv4 } from 'node:net';
import { CopaError } from '../../common/errors.js';
import {
  idsPerMs,
  measurementKinds,
  postedKinds,
  postedRows,
  rowBytesMax,
  rowsMax,
  type MeasurementKind,
  type PostedKind,
  type RowOf,
} from '../../common/measurements.js';
import type { LinkPeer__Output } from '../../proto/gen/copa/agent/v1/LinkPeer.js';
import type { LinkPeer } from '../links/link-probes.js';
import { keyBytes } from '../links/packet.js';
import { invalid, parseJson, pool } from './validation.js';

/** All pairs of up to 20 pools, or 8 neighbours and those that have this host as one. */
const linkPeersMax = 1_000;

export function linkPeers(peers: readonly LinkPeer__Output[]): LinkPeer[] {
  if (peers.length > linkPeersMax)
    throw invalid('peers', peers.length, `it has ${linkPeersMax} entries at most`);
  return peers.map((peer) => {
    pool(peer.pool);
    if (!isIPv4(peer.address)) throw invalid('peers.address', peer.address, 'it is an IPv4 address');
    if (peer.port < 1 || peer.port > 65_535) throw invalid('peers.port', peer.port, 'it is 1 to 65535');
    // The key is a secret, so the error does not show even a wrong one.
    if (peer.key.length !== keyBytes)
      throw new CopaError('invalid_argument', `peers.key is not valid: it has ${keyBytes} bytes`);
    return { ...peer, key: Buffer.from(peer.key) };
  });
}

const rowsText = 'rows are JSON objects of one kind';

/** The rows that a program posted, as they are stored: without fields that are not known. */
export function rows<Kind extends PostedKind>(kind: Kind, texts: readonly string[]): RowOf<Kind>[] {
  if (texts.length < 1 || texts.length > rowsMax)
    throw invalid('rows_json', texts.length, `there are 1 to ${rowsMax}`);
  return texts.map((text) => {
    const parsed = text.length <= rowBytesMax ? postedRows[kind].safeParse(parseJson(text)) : undefined;
    if (parsed?.success) return parsed.data as RowOf<Kind>;
    throw invalid('rows_json', text.slice(0, 100), rowsText);
  });
}

export function postedKind(kind: string): PostedKind {
  const found = postedKinds.find((each) => each === kind);
  if (!found) throw invalid('kind', kind, `it is one of ${postedKinds.join(', ')}`);
  return found;
}

export function measurementKind(kind: string): MeasurementKind {
  const found = measurementKinds.find((each) => each === kind);
  if (!found) throw invalid('kind', kind, `it is one of ${measurementKinds.join(', ')}`);
  return found;
}

export function rowLimit(limit: number): number {
  if (limit >= 1 && limit <= rowsMax) return limit;
  throw invalid('limit', limit, `it is 1 to ${rowsMax}`);
}

/** An id, an age, or 0. */
export function wholeNumber(field: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(field, value, 'it is a number from 0 on');
}

/** How far ids may be ahead of this host's clock: the clocks of two hosts never differ by more, if they have one. */
const idsAheadMsMax = 24 * 3600_000;

/** A floor for ids. One that is far in the future would make ids useless as times. */
export function idFloor(value: number, nowMs = Date.now()): number {
  return Math.min(wholeNumber('id_floor', value), (nowMs + idsAheadMsMax) * idsPerMs);
}
