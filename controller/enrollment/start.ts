/** Starts what lets hosts join. */
import type { Logger } from 'pino';
import type { CleanupStack } from '../../common/async/cleanup-stack.js';
import type { Config } from '../config/settings.js';
import type { CaStore } from '../pki/ca-store.js';
import type { HostCertificates } from '../pki/host-certificates.js';
import type { Store } from '../store/store.js';
import { Enrollment } from './enrollment.js';
import { EnrollmentListener } from './listener.js';

interface Base {
  readonly config: Config;
  readonly log: Logger;
  readonly cleanup: CleanupStack;
}

interface Pki {
  readonly caStore: CaStore;
  readonly certificates: HostCertificates;
}

/** Hosts may join as long as the listener is open, if there is an address for it. */
export async function startEnrollment(
  { config, log, cleanup }: Base,
  store: Store,
  { caStore, certificates }: Pki,
): Promise<Enrollment> {
  const listeners: EnrollmentListener[] = [];
  const enrollment = new Enrollment({
    store,
    caStore,
    certificates,
    agentPort: config.agentPort,
    addresses: () => listeners.flatMap((listener) => listener.addresses()),
  });
  if (!config.joinListen) return enrollment;
  const listener = new EnrollmentListener(enrollment, caStore, log);
  await listener.listen(config.joinListen.host, config.joinListen.port);
  cleanup.closing(listener);
  listeners.push(listener);
  log.info({ addresses: listener.addresses() }, 'hosts may join here');
  return enrollment;
}
