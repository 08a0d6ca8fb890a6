// Aim: nobody without the key gets a reply or changes a measurement, and a recorded packet counts once. Method: packets of all
// kinds, changed and random ones (property tests).
import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import * as packet from '../../agent/links/packet.js';
import { Reflector, repliesPerSecond } from '../../agent/links/reflector.js';

const pairKey = randomBytes(packet.keyBytes);
const key = packet.directionKey(pairKey, 'server1');
const probe = { sequence: 7, session: 1_795_000_000_000_000, sentMs: 1_795_000_000_123.456 };
const reply = {
  ...{ probeSession: probe.session, probeSequence: 7, accepted: 5 },
  ...{ receivedMs: probe.sentMs + 10, sentMs: probe.sentMs + 10.125 },
};

describe('packets', () => {
  test('come out as they went in, to the microsecond, and both kinds have the same size', () => {
    const sent = packet.encodeProbe(key, probe);
    const decoded = packet.decode(sent, key.key);
    expect(decoded).toMatchObject({ probe: { sequence: 7, session: probe.session } });
    expect(decoded && 'probe' in decoded && decoded.probe.sentMs).toBeCloseTo(probe.sentMs, 3);
    const returned = packet.encodeReply(key, reply);
    const back = packet.decode(returned, key.key);
    expect(back).toMatchObject({ reply: { probeSession: probe.session, probeSequence: 7, accepted: 5 } });
    expect(back && 'reply' in back && back.reply.sentMs).toBeCloseTo(reply.sentMs, 3);
    expect([sent.length, returned.length]).toEqual([packet.packetBytes, packet.packetBytes]);
    expect(packet.keyIdOf(sent)).toBe(key.id);
  });

  test('no changed byte is accepted', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.nat(packet.packetBytes - 1),
        fc.integer({ min: 1, max: 255 }),
        (isProbe, at, flip) => {
          const changed = isProbe ? packet.encodeProbe(key, probe) : packet.encodeReply(key, reply);
          changed[at] = (changed[at] ?? 0) ^ flip;
          const id = packet.keyIdOf(changed);
          expect(id !== key.id || packet.decode(changed, key.key) === undefined).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('random data is no packet and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const data = Buffer.from(bytes);
        const id = packet.keyIdOf(data);
        expect(id === undefined || packet.decode(data, key.key) === undefined).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('each direction has another key, so a packet cannot be sent back', () => {
    const other = packet.directionKey(pairKey, 'server2');
    expect(other.id).not.toBe(key.id);
    expect(packet.decode(packet.encodeProbe(key, probe), other.key)).toBeUndefined();
  });
});

describe('the reflector', () => {
  const at = (session: number, sequence: number) => ({ session, sequence, sentMs: 0 });

  test('accepts each probe once, also after others that overtook it, and none of an earlier session', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 80 }), (sequences) => {
        const reflector = new Reflector();
        const seen = new Set<number>();
        let [count, nowMs] = [0, 0];
        for (const sequence of sequences) {
          const accepted = reflector.accept(at(5, sequence), (nowMs += 1000));
          if (accepted === undefined) continue;
          expect(seen.has(sequence)).toBe(false);
          seen.add(sequence);
          expect(accepted).toBe(++count);
        }
        expect(sequences.every((sequence) => seen.has(sequence) || Math.max(...seen) - sequence >= 32)).toBe(
          true,
        );
        if (count > 0) expect(reflector.accept(at(4, 1000), nowMs + 1000)).toBeUndefined();
        expect(reflector.accept(at(6, 1), nowMs + 2000)).toBe(1);
      }),
    );
  });

  test('limits its replies', () => {
    const reflector = new Reflector();
    const accepted = Array.from({ length: 1000 }, (_, each) => reflector.accept(at(1, each + 1), each * 10));
    expect(accepted.filter((each) => each !== undefined).length).toBeLessThan(10 * repliesPerSecond + 13);
  });
});
