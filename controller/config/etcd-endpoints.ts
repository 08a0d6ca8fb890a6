/** The settings of an etcd cluster, with the files that they name. */
import { readFileSync } from 'node:fs';
import { CopaError } from '../../common/errors.js';
import { shown } from '../../common/names.js';
import type { Endpoints } from '../store/endpoints.js';

/** The etcd of these settings; undefined: the embedded one. Throws `invalid_argument`. */
export function etcdEndpoints(given: {
  etcd?: string[] | undefined;
  etcdCa?: string | undefined;
  etcdCert?: string | undefined;
  etcdKey?: string | undefined;
}): Endpoints | undefined {
  const { etcd: urls, etcdCa, etcdCert, etcdKey } = given;
  const refuse = (message: string) => new CopaError('invalid_argument', message);
  if (!urls) {
    if (etcdCa ?? etcdCert ?? etcdKey)
      throw refuse('--etcd-ca, --etcd-cert and --etcd-key go with --etcd: give its URLs');
    return undefined;
  }
  if ((etcdCert === undefined) !== (etcdKey === undefined))
    throw refuse('--etcd-cert and --etcd-key go together');
  if (urls.some((url) => url.startsWith('http:')) && (etcdCa ?? etcdCert)) {
    throw refuse('--etcd-ca and --etcd-cert need https:// URLs in --etcd');
  }
  if (etcdCert !== undefined && etcdCa === undefined) throw refuse('--etcd-cert needs --etcd-ca too');
  return {
    urls,
    ...(etcdCa === undefined ? {} : { ca: readPem('--etcd-ca', etcdCa) }),
    ...(etcdCert === undefined ? {} : { cert: readPem('--etcd-cert', etcdCert) }),
    ...(etcdKey === undefined ? {} : { key: readPem('--etcd-key', etcdKey) }),
  };
}

function readPem(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CopaError(
      'invalid_argument',
      `${flag} ${shown(file)} cannot be read: ${(cause as Error).message}`,
      { cause },
    );
  }
}
