/** The log of both daemons: JSON for programs, one readable line on a terminal. */
import { pino, type Logger } from 'pino';
import { currentRequestId } from './request-id.js';

/** Fields that the line shows elsewhere, or that only programs need. */
const ownFields = new Set(['level', 'time', 'msg', 'err']);

export function createLog(level: string): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    // Each line that is logged during a request has the request's id.
    mixin: () => {
      const request = currentRequestId();
      return request === undefined ? {} : { request };
    },
  };
  if (!process.stdout.isTTY) return pino(options);
  return pino(options, { write: (line: string) => process.stdout.write(readable(line)) });
}

/** `12:04:09 warn  the embedded etcd ended and is started again  code=1` */
export function readable(line: string): string {
  const entry = JSON.parse(line) as Record<string, unknown> & { level: number; time: string };
  const level = (pino.levels.labels[entry.level] ?? '').padEnd(5);
  const fields = Object.entries(entry)
    .filter(([name]) => !ownFields.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const stack = (entry['err'] as { stack?: string } | undefined)?.stack;
  const text = [entry.time.slice(11, 19), level, entry['msg'], ...fields].join(' ');
  return `${text}${stack ? `\n${stack}` : ''}\n`;
}
