/** A fake LXD's container whose processes are this machine's own, with plain streams. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { WebSocket } from 'ws';
import { failure, operation, sync, type Answer, type Answering } from './lxd.js';

const streams = ['control', '0', '1', '2'] as const;
type Stream = (typeof streams)[number];

export class FakeProcesses {
  readonly children: ChildProcess[] = [];
  readonly #commands: string[][] = [];
  readonly #sockets = new Map<string, Map<Stream, WebSocket>>();
  readonly #ended = new Map<string, Promise<number>>();

  readonly answer: Answering = ({ method, path, body }) => {
    if (method === 'POST' && path === '/1.0/instances/c1/exec') {
      const { command } = body as { command: string[] };
      const id = String(this.#commands.push(command) - 1);
      const fds = Object.fromEntries(streams.map((stream) => [stream, `${id}-${stream}`]));
      return operation(id, { fds });
    }
    if (path.startsWith('/1.0/operations/')) return this.#end(path.split('/')[3] ?? '');
    if (path.startsWith('/1.0/instances/c1')) {
      return sync({ name: 'c1', type: 'container', status: 'Running', config: {}, devices: {} });
    }
    return failure(404, 'not found');
  };

  /** As `FakeLxd.onWebsocket`: the process starts when all its streams are there. */
  readonly take = (secret: string, socket: WebSocket): void => {
    const [id, stream] = secret.split('-') as [string, Stream];
    const sockets = this.#sockets.get(id) ?? new Map<Stream, WebSocket>();
    this.#sockets.set(id, sockets.set(stream, socket));
    socket.pause();
    if (sockets.size === streams.length) this.#ended.set(id, this.#run(Number(id), sockets));
  };

  async #end(id: string): Promise<Answer> {
    const code = await this.#ended.get(id);
    return sync({ id, status: 'Success', err: '', description: 'Executing', metadata: { return: code } });
  }

  #run(id: number, sockets: ReadonlyMap<Stream, WebSocket>): Promise<number> {
    const [program = '', ...words] = this.#commands[id] ?? [];
    const child = spawn(program, words);
    this.children.push(child);
    const [control, input] = [sockets.get('control'), sockets.get('0')];
    child.stdin.on('error', () => undefined);
    input?.on('message', (data: Buffer) => {
      if (child.stdin.write(data)) return;
      input.pause();
      child.stdin.once('drain', () => input.resume());
    });
    input?.on('close', () => child.stdin.end());
    control?.on('message', (data: Buffer) => {
      const { command, signal } = JSON.parse(data.toString()) as { command: string; signal?: number };
      if (command === 'signal' && signal !== undefined) child.kill(signal === 9 ? 'SIGKILL' : 'SIGHUP');
    });
    for (const [stream, output] of [['1', child.stdout] as const, ['2', child.stderr] as const]) {
      output.on('data', (part: Buffer) => {
        output.pause();
        sockets.get(stream)?.send(part, () => output.resume());
      });
      output.on('end', () => sockets.get(stream)?.send(''));
    }
    for (const socket of sockets.values()) socket.resume();
    return new Promise((resolve) =>
      child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 129))),
    );
  }
}
