/** Starts what several controllers need of each other. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { CleanupStack } from '../../common/async/cleanup-stack.js';
import { systemClock } from '../../common/async/clock.js';
import { formatAddress } from '../../common/net/address.js';
import { httpStatusOf, isCopaError } from '../../common/errors.js';
import type { ControllerJoinRequest } from '../../common/pki/enrollment.js';
import { isLoopback, type Config } from '../config/settings.js';
import type { Enrollment } from '../enrollment/enrollment.js';
import type { EmbeddedEtcd } from '../etcd-process/embedded-etcd.js';
import type { InventoryEvent } from '../model/event.js';
import { controllerUp, readGauge } from '../observability/metrics.js';
import type { CaStore } from '../pki/ca-store.js';
import type { Store } from '../store/store.js';
import { Admission } from './admission.js';
import { Members } from './members.js';
import { MemberWatch } from './member-watch.js';
import { ControllerCluster } from './service.js';

interface Base {
  readonly config: Config;
  readonly log: Logger;
  readonly cleanup: CleanupStack;
}

interface Parts {
  readonly store: Store;
  /** Undefined: an etcd of the user's own. */
  readonly etcd: EmbeddedEtcd | undefined;
  readonly caStore: Pick<CaStore, 'secret'>;
  readonly enrollment: Enrollment;
  readonly emit: (event: InventoryEvent) => void;
  readonly audit: { write(line: JoinAudit): void };
}

/** Of a join, for the audit log. */
interface JoinAudit {
  readonly at: string;
  readonly who: string;
  readonly role: null;
  readonly from: string;
  readonly method: 'POST';
  readonly path: '/join-controller';
  readonly parameters: { readonly name: string; readonly address: string };
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly status: number;
}

/** The controllers of this cluster. `enrollment` admits others from now on. */
export function startCluster({ config, log, cleanup }: Base, parts: Parts): ControllerCluster {
  const { store, etcd, caStore, enrollment, emit, audit } = parts;
  const { stateDirectory, name } = config;
  const url =
    isLoopback(config.host) || config.host === '0.0.0.0' ? null : `https://${formatAddress(config)}`;
  const members = new Members({ store, gateway: etcd?.gateway, name, url, run: randomUUID() });
  cleanup.closing(members.announce());
  if (etcd) {
    const list = () => members.list();
    const watch = new MemberWatch({ list, gateway: etcd.gateway, emit, log, clock: systemClock });
    cleanup.add(watch.start());
    readGauge(controllerUp, () =>
      watch.states().map(([controller, state]) => [{ controller }, state === 'up' ? 1 : 0]),
    );
    const admission = new Admission({
      ...{ store, list, gateway: etcd.gateway, membership: etcd.membership },
      ...{ secret: () => caStore.secret, now: () => new Date() },
    });
    enrollment.admitControllersBy(async (asked, from) => {
      const note = (outcome: JoinAudit['outcome'], status: number) =>
        audit.write(auditOf(asked, { from, outcome, status }));
      try {
        const reply = await admission.admit(asked);
        note('done', 200);
        return reply;
      } catch (error) {
        note(isCopaError(error) ? 'refused' : 'failed', isCopaError(error) ? httpStatusOf(error.code) : 500);
        throw error;
      }
    });
  }
  return new ControllerCluster({ etcd, members, enrollment, stateDirectory, name, log });
}

function auditOf(
  { id, name, address }: ControllerJoinRequest,
  about: Pick<JoinAudit, 'from' | 'outcome' | 'status'>,
): JoinAudit {
  const at = new Date().toISOString();
  // The id of a token is no secret.
  const who = `join token ${id}`;
  return {
    at,
    who,
    role: null,
    method: 'POST',
    path: '/join-controller',
    parameters: { name, address },
    ...about,
  };
}
