/**
 * The wireless stations of this host, as `iw dev X station dump` prints them. A host without wireless interfaces runs no
 * program. The output differs between drivers and versions, so each field may be missing, and unknown ones are skipped.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import type { RowOf } from '../../common/measurements.js';

type Station = RowOf<'wireless'>;

/** More stations than one access point can have. */
const stationsMax = 500;
const timeoutMs = 2_000;
const outputBytesMax = 2 << 20;
const textMax = 255;

const devices = '/sys/class/net';

function wirelessInterfaces(): string[] {
  if (!existsSync(devices)) return [];
  return readdirSync(devices).filter((name) => existsSync(`${devices}/${name}/phy80211`));
}

/** Of all wireless interfaces. An interface that cannot be read has none, and the next reading tries again. */
export async function readStations(
  interfaces: () => readonly string[] = wirelessInterfaces,
  dump: (name: string) => Promise<string> = dumpOf,
): Promise<readonly Station[]> {
  const texts = await Promise.all(interfaces().map((name) => dump(name).catch(() => '')));
  return texts.flatMap(stationsIn).slice(0, stationsMax);
}

async function dumpOf(name: string): Promise<string> {
  const options = { timeout: timeoutMs, maxBuffer: outputBytesMax };
  const { stdout } = await promisify(execFile)('iw', ['dev', name, 'station', 'dump'], options);
  return stdout;
}

/** Parses the output of `iw`. What comes before the first station, or is no field, counts for nothing. */
export function stationsIn(text: string): Station[] {
  const stations: { readonly mac: string; readonly fields: Map<string, string> }[] = [];
  for (const line of text.split('\n')) {
    const mac = /^Station ([0-9a-f]{2}(?::[0-9a-f]{2}){5})\b/i.exec(line)?.[1];
    if (mac !== undefined) {
      stations.push({ mac: mac.toLowerCase(), fields: new Map() });
      continue;
    }
    const [, name, value] = /^\s+([^:]+?)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) stations.at(-1)?.fields.set(name.toLowerCase(), value);
  }
  return stations.map(({ mac, fields }) => stationOf(mac, fields));
}

function stationOf(mac: string, fields: ReadonlyMap<string, string>): Station {
  const text = (name: string) => (fields.get(name) ?? '').slice(0, textMax);
  const isOn = (name: string) => fields.get(name) === 'yes';
  const count = (name: string) => {
    const value = Number(/^\d{1,15}/.exec(fields.get(name) ?? '')?.[0] ?? 0);
    return Number.isSafeInteger(value) ? value : 0;
  };
  return {
    mac,
    // The specification spells "management frame protection" so.
    mfb: isOn('mfp'),
    tdls: isOn('tdls peer'),
    wmm: isOn('wmm/wme'),
    authenticated: isOn('authenticated'),
    authorized: isOn('authorized'),
    expected_throughput: text('expected throughput'),
    inactive_time: text('inactive time'),
    preamble: text('preamble'),
    rx_bitrate: text('rx bitrate'),
    signal: text('signal'),
    signal_avg: text('signal avg'),
    tx_bitrate: text('tx bitrate'),
    rx_bytes: count('rx bytes'),
    rx_packets: count('rx packets'),
    tx_bytes: count('tx bytes'),
    tx_failed: count('tx failed'),
    tx_retries: count('tx retries'),
  };
}
