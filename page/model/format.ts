/** Numbers and times as people read them. Pure: the clock is passed in. */

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Decimal units, with one decimal below a hundred. */
export function bytes(value: number): string {
  const unit = unitOf(value);
  const amount = Math.max(0, value) / 1000 ** unit;
  return `${trimmed(amount.toFixed(unit === 0 || amount >= 99.95 ? 0 : 1))} ${byteUnits[unit] ?? ''}`;
}

function unitOf(value: number): number {
  let unit = 0;
  for (let rest = value; rest >= 999.5 && unit < byteUnits.length - 1; rest /= 1000) unit += 1;
  return unit;
}

export function rate(bytesPerSecond: number): string {
  return `${bytes(bytesPerSecond)}/s`;
}

/** Two rates in one unit, that of the larger: short enough to stand side by side. */
export function ratePair(
  one: number,
  other: number,
): { readonly one: string; readonly other: string; readonly unit: string } {
  const unit = unitOf(Math.max(one, other));
  const shown = (value: number) => {
    const amount = Math.max(0, value) / 1000 ** unit;
    return trimmed(amount.toFixed(unit === 0 || amount >= 99.95 ? 0 : 1));
  };
  return { one: shown(one), other: shown(other), unit: `${byteUnits[unit] ?? ''}/s` };
}

export function percent(value: number): string {
  return `${value >= 10 || value === 0 ? Math.round(value) : trimmed(value.toFixed(1))}%`;
}

/** Without a unit: one decimal below ten. */
export function figure(value: number): string {
  return value < 10 ? String(Math.round(value * 10) / 10) : String(Math.round(value));
}

/** A duration in words: 340 ms, 2.4 s, 3 min 20 s, 2 h 5 min, 4 d 3 h. */
export function duration(ms: number): string {
  if (ms < 0) return '0 s';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${trimmed(seconds.toFixed(1))} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  return two(Math.round(seconds), [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ]);
}

/** How long ago, roughly. */
export function ago(at: string, now: number): string {
  const seconds = Math.round((now - Date.parse(at)) / 1000);
  if (seconds < 5) return 'now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** The time of day, with the day when that is not today. */
export function clock(at: string, now: number): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString([], {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  const isToday = new Date(now).toDateString() === date.toDateString();
  return isToday ? time : `${date.toLocaleDateString([], { day: 'numeric', month: 'short' })} ${time}`;
}

export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount.toLocaleString('en')} ${amount === 1 ? one : many}`;
}

function two(seconds: number, units: readonly (readonly [number, string])[]): string {
  const first = units.findIndex(([size]) => seconds >= size);
  const shown: string[] = [];
  let left = seconds;
  for (const [size, name] of units.slice(first, first + 2)) {
    const amount = Math.floor(left / size);
    left -= amount * size;
    if (amount > 0) shown.push(`${amount} ${name}`);
  }
  return shown.join(' ');
}

function trimmed(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
