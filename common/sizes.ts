/** Sizes in bytes, as daemons and people write them. */

const bytesIn: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
  PB: 1000 ** 5,
  PiB: 1024 ** 5,
  EB: 1000 ** 6,
  EiB: 1024 ** 6,
};

/** Parses a daemon's size ("10GiB") into bytes; 0 when it is empty or malformed. */
export function sizeInBytes(text: string | undefined): number {
  const [, number = '', unit = ''] = /^(\d+)\s*([A-Za-z]*)$/.exec(text ?? '') ?? [];
  return Number(number) * (bytesIn[unit] ?? 0);
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}
