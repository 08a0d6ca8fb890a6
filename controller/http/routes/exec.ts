/** `/REST/exec`: a command, or a shell, over a websocket: on a terminal, or with plain streams. */
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import { CopaError, messageOf } from '../../../common/errors.js';
import { currentRequestId, withRequestId } from '../../../common/observability/request-id.js';
import { AccessPause, signalOf } from '../request/access.js';
import { principalOf } from '../request/state.js';
import { HttpError } from '../request/http-error.js';
import type { Commands } from '../../usecases/commands.js';
import { runExecSession } from '../websocket/exec-session.js';
import { takeUpgrade } from '../websocket/upgrade.js';
import { noBody, type Endpoint } from '../openapi/document.js';
import { checkParameters, flag, parametersOf, wholeNumber } from '../request/parameters.js';
import { containerRefOf, command, containerName, containerPool } from '../openapi/schemas.js';

/** Sessions at a time. Each takes two connections and some 200 KiB. */
const sessionsMax = 512;
/** The longest message of a client: a long paste. */
const messageBytesMax = 1024 * 1024;

const subprotocol = 'copa.exec';

const parameters = z.strictObject({
  container_pool: containerPool,
  container_name: containerName,
  command: command
    .optional()
    .describe("The program and its arguments; the container's shell if there is none."),
  interactive: flag
    .default(true)
    .describe('On a terminal. Else with plain streams, for programs: outputs apart, and input that ends.'),
  width: wholeNumber(1, 10_000).default(80).describe("The terminal's columns."),
  height: wholeNumber(1, 10_000).default(24).describe("The terminal's lines."),
});

export const execEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/REST/exec',
    id: 'exec',
    summary: 'A command, or a shell, in a container over a websocket',
    description: `A websocket, with the subprotocol \`${subprotocol}\`; a browser offers \`copa.bearer.TOKEN\` beside it.

Binary messages are input and output. \`{"resize":{"width":100,"height":30}}\` sets the terminal's size.
With \`interactive=false\` the first byte of each output message is the number of the output, 1 or 2, and \`{"end":true}\` ends the input.
The last message is \`{"exit":0}\`, with the code that the command ended with, or \`{"error":"...","code":"..."}\`.

The command is hung up on when the connection ends, in whatever way.`,
    operations: { '': { summary: '', parameters, replies: { 101: noBody } } },
  },
];

/** `stopping` ends all sessions. */
export function execRoutes(router: Router, commands: Commands, stopping: AbortSignal, log: Logger): void {
  const websockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: messageBytesMax,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });
  let sessions = 0;

  router.get('/REST/exec', (ctx) => {
    const { width, height, interactive, ...rest } = checkParameters(parameters, parametersOf(ctx));
    const size = interactive ? { width, height } : undefined;
    const container = containerRefOf(rest);
    checkHandshake(ctx);
    if (sessions >= sessionsMax) {
      throw new CopaError('resource_exhausted', `there are ${sessionsMax} exec sessions already: close one`);
    }
    const { name: user } = principalOf(ctx);
    const id = currentRequestId() ?? '';
    const upgrade = takeUpgrade(ctx.req);
    if (!upgrade) throw new HttpError(426, 'this is a websocket: request it with Upgrade: websocket');
    ctx.respond = false;
    const pausing = new AccessPause(ctx);
    const signals = [signalOf(ctx), pausing.signal, stopping];
    sessions++;
    upgrade.socket.once('close', () => sessions--);
    upgrade.socket.once('close', () => pausing.close());
    websockets.handleUpgrade(ctx.req, upgrade.socket, upgrade.head, (socket) => {
      const attend = () => commands.attend(container, rest.command ?? [], size);
      const fields = { user, pool: container.host, container: container.name };
      void withRequestId(id, async () => {
        log.info(fields, 'an exec session has started');
        try {
          await runExecSession(socket, attend, { signals, pausing, isTerminal: interactive });
          log.info(fields, 'an exec session has ended');
        } catch (error) {
          log.error({ ...fields, err: error, reason: messageOf(error) }, 'an exec session failed');
        }
      });
    });
  });
}

function checkHandshake(ctx: Context): void {
  const isWhole =
    ctx.get('Upgrade').toLowerCase() === 'websocket' &&
    /^[+/0-9A-Za-z]{22}==$/.test(ctx.get('Sec-WebSocket-Key')) &&
    ctx.get('Sec-WebSocket-Version') === '13';
  if (isWhole) return;
  ctx.set('Upgrade', 'websocket');
  throw new HttpError(426, 'this is a websocket: request it with Upgrade: websocket, version 13');
}
