// The specification's usage examples, and the Python that runs them unchanged.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from '../../deploy/lab/processes.js';

const python = '/usr/bin/python3';
const withRequests = await run([python, '-c', 'import requests'], { check: false }).catch(() => undefined);

/** The reason why no example can run here, or undefined. */
export const pythonObstacle =
  withRequests?.code === 0 ? undefined : `${python} has no requests (Debian: python3-requests)`;

export interface Example {
  /** Its In lines, unchanged. */
  readonly code: string;
  /** Its Out lines, as Python printed them. */
  readonly out: string;
}

/** How the data of an example is sent: as printed there, or another way that must be equivalent. */
export const ways = [
  { slash: true, how: 'printed' },
  { slash: false, how: 'printed' },
  { slash: true, how: 'query' },
  { slash: true, how: 'form' },
  { slash: false, how: 'form' },
  { slash: true, how: 'json' },
  { slash: false, how: 'json' },
] as const;
export type Way = (typeof ways)[number];
const [printed] = ways;

export interface Printed {
  readonly result: Record<string, unknown>;
  readonly text: string;
}

/** The examples in the order of the specification. */
export function readExamples(): Example[] {
  const text = readFileSync(join(import.meta.dirname, '../../docs/spec/rest-api.md'), 'utf8');
  return [...text.matchAll(/^```python\n(In \[0\][^]*?)^```/gm)].map(([, block = '']) => {
    const [before = '', out = ''] = block.split(/^Out\[\d+\]: /m);
    return { code: before.replace(/^In \[\d+\]: /gm, ''), out: out.trim() };
  });
}

export class Python {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    this.#child = spawn(python, [join(import.meta.dirname, 'spec.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (!this.#child.stdout) throw new Error('a pipe was asked for');
    this.#answers = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  /** `added` is what a script additionally needs when REST requires a token. */
  async run(
    code: string,
    url: string,
    way: Way = printed,
    added: { readonly headers?: Readonly<Record<string, string>>; readonly ca?: string } = {},
  ): Promise<Printed> {
    this.#child.stdin?.write(`${JSON.stringify({ code, url, ...way, ...added })}\n`);
    const answer = (await this.#answers.next()) as { value: string };
    const told = JSON.parse(answer.value) as Printed & { raised?: string };
    if (told.raised !== undefined) throw new Error(`Python raised ${told.raised} in:\n${code}`);
    return told;
  }

  async end(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await ended;
  }
}
