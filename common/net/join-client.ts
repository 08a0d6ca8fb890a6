/**
 * The controller from the view of a machine with only a token: it finds the controller at one of the token's addresses,
 * identifies it by the token's fingerprint of the CA, and sends its request.
 */
import { X509Certificate } from 'node:crypto';
import { request as httpsRequest } from 'node:https';
import { isIPv4 } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { z } from 'zod';
import { CopaError, messageOf, type ErrorCode, errorCodes } from '../errors.js';
import { formatAddress, parseAddress, type Address } from './address.js';
import { clockSkewMs, identityOf, type Credentials } from '../pki/identity.js';
import {
  joinBytesMax,
  statusReplySchema,
  type CertificateStatus,
  type JoinToken,
} from '../pki/enrollment.js';

export interface FoundController extends Address {
  /** The CA of the token; PEM. */
  readonly ca: string;
  /** This host's own address in the connection to the controller. */
  readonly localAddress: string;
}

const connectMsMax = 5000;
const answerMsMax = 15_000;
const askMax = 3;

/**
 * The first of the token's addresses with its controller. Throws `permission_denied` when another server answers,
 * `unavailable` when none does, `failed_precondition` when a clock is wrong.
 */
export async function findController(
  { addresses, ca }: JoinToken,
  now: () => number = Date.now,
): Promise<FoundController> {
  const reasons: string[] = [];
  for (const address of addresses) {
    try {
      const found = await look(addressIn(address), ca);
      await checkClock(found, now);
      return found;
    } catch (error) {
      if (error instanceof CopaError) throw error;
      reasons.push(`${address}: ${messageOf(error)}`);
    }
  }
  throw new CopaError(
    'unavailable',
    `no controller answers at the token's addresses (${reasons.join('; ')}): is this machine allowed to reach it?`,
  );
}

interface JoinCall<Reply extends z.ZodType> {
  readonly path: '/join' | '/join-controller';
  readonly request: object;
  readonly reply: Reply;
}

/** Requests to join. Throws the controller's error. */
export async function requestToJoin<Reply extends z.ZodType>(
  found: FoundController,
  { path, request, reply }: JoinCall<Reply>,
): Promise<z.output<Reply>> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { status, body } = await ask(found, 'POST', path, request);
      if (status === 200) return reply.parse(body);
      const { code, error } = (body ?? {}) as { code?: unknown; error?: unknown };
      const known = errorCodes.find((each) => each === code) ?? ('internal' satisfies ErrorCode);
      throw new CopaError(
        known,
        `the controller refuses: ${typeof error === 'string' ? error : `status ${status}`}`,
      );
    } catch (error) {
      if (error instanceof CopaError) throw error;
      // The reply may have been lost. The controller answers an equal request in the same way.
      if (attempt < askMax) continue;
      throw new CopaError('unavailable', `the controller did not answer: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}

function addressIn(text: string): Address {
  const address = parseAddress(text);
  if (!address) throw new CopaError('invalid_argument', `${text} is not an IP address and port`);
  return address;
}

/**
 * The status of this host's certificate at a controller. Throws `permission_denied` when the server's CA is not
 * trusted here, `unavailable` when none answers.
 */
export async function requestCertificateStatus(
  address: string,
  { ca, cert }: Pick<Credentials, 'ca' | 'cert'>,
): Promise<CertificateStatus> {
  try {
    const { status, body } = await ask({ ...addressIn(address), ca }, 'POST', '/standing', {
      certificate: cert,
    });
    if (status === 200) return statusReplySchema.parse(body).standing;
    throw new CopaError('unavailable', `${address} answers ${JSON.stringify(body)}`);
  } catch (cause) {
    if (cause instanceof CopaError) throw cause;
    // OpenSSL's codes of certificate errors. Those of connection errors begin with E.
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    const isDistrusted = /CERT|SIGNATURE/.test(code);
    throw new CopaError(
      isDistrusted ? 'permission_denied' : 'unavailable',
      `${address}: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/**
 * Identifies the server. Node's own check is not possible yet, because only the CA's fingerprint is known. The same
 * checks are made here, except for the dates, because either clock may be wrong.
 */
async function look({ host, port }: Address, fingerprint: string): Promise<FoundController> {
  const socket = connect({
    host,
    port,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
    timeout: connectMsMax,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve).once('error', reject);
      socket.once('timeout', () => reject(new Error(`no answer within ${connectMsMax / 1000} s`)));
    });
    const ca = checkChain(socket, formatAddress({ host, port }), fingerprint);
    const localAddress = (socket.localAddress ?? '').replace(/^::ffff:/, '');
    return { host, port, ca, localAddress: isIPv4(localAddress) ? localAddress : '' };
  } finally {
    socket.destroy();
  }
}

function checkChain(socket: TLSSocket, where: string, fingerprint: string): string {
  const shown = socket.getPeerCertificate(true);
  const issuer = shown.issuerCertificate as typeof shown | undefined;
  const own = new X509Certificate(shown.raw);
  const ca = issuer && new X509Certificate(issuer.raw);
  const printed = ca?.fingerprint256.replaceAll(':', '').toLowerCase();
  if (!ca || printed !== fingerprint) {
    throw new CopaError(
      'permission_denied',
      `the server at ${where} does not have the CA of the token: it is another server, or the CA was replaced; create another token`,
    );
  }
  if (!own.verify(ca.publicKey) || identityOf(own.subjectAltName)?.role !== 'controller') {
    throw new CopaError('permission_denied', `the server at ${where} is not a controller of the token's CA`);
  }
  return ca.toString();
}

/** Certificates are valid from a little before their issue. A clock that is further behind does not accept them. */
async function checkClock(found: FoundController, now: () => number): Promise<void> {
  const { body } = await ask({ ...found, ignoreDates: true }, 'GET', '/clock');
  const theirs = Date.parse(String((body as { time?: unknown } | undefined)?.time));
  const offMs = now() - theirs;
  // Also false when the reply has no time.
  if (Math.abs(offMs) < clockSkewMs / 2) return;
  const minutes = Math.round(Math.abs(offMs) / 60_000);
  throw new CopaError(
    'failed_precondition',
    `the clock of this machine is ${minutes} minutes ${offMs > 0 ? 'ahead of' : 'behind'} the controller's: correct it ("timedatectl set-ntp true"), and try again`,
  );
}

function ask(
  {
    host,
    port,
    ca,
    ignoreDates = false,
  }: Omit<FoundController, 'localAddress'> & { readonly ignoreDates?: boolean },
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<{ status: number; body: unknown }> {
  const text = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      {
        host,
        port,
        path,
        method,
        ca,
        agent: false,
        minVersion: 'TLSv1.3',
        rejectUnauthorized: !ignoreDates,
        // The certificate's URI identifies the server. There is no host name to compare.
        checkServerIdentity: (_host, certificate) =>
          identityOf(certificate.subjectaltname)?.role === 'controller'
            ? undefined
            : new Error('the server is not a controller'),
        headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) },
        signal: AbortSignal.timeout(answerMsMax),
      },
      (response) => {
        let read = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          read += part;
          if (read.length > joinBytesMax) response.destroy(new Error('the answer is too long'));
        });
        response.on('error', reject).on('end', () => {
          try {
            resolve({ status: response.statusCode ?? 0, body: JSON.parse(read) as unknown });
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}
