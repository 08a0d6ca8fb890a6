/** The checks of what several machines make up together: the controllers of a cluster, and networks over several hosts. */
import { z } from 'zod';
import { ok, problem, warning, type Finding } from '../../common/diagnostics/findings.js';
import { messageOf } from '../../common/errors.js';

/** How to send REST requests. */
export interface ClusterRest {
  controllers(): Promise<unknown>;
  networks(): Promise<unknown>;
}

const controllerList = z.object({
  controllers: z.array(z.object({ name: z.string(), state: z.string() })),
});

export async function examineControllers(rest: ClusterRest): Promise<Finding[]> {
  const about = 'controllers';
  const answer = await parsed(controllerList, rest.controllers());
  if (typeof answer === 'string') return [warning(about, answer, 'copa controller list shows why')];
  const { controllers } = answer;
  const lame = controllers.filter(({ state }) => state !== 'up');
  const found = lame.map(({ name, state }) =>
    problem(
      `controller ${name}`,
      state === 'joining' ? 'it is joining, and has no vote yet' : 'it is down',
      `on its machine: systemctl start copa-controller; lost for good: copa controller remove ${name}`,
    ),
  );
  if (controllers.length === 2)
    found.push(
      warning(
        about,
        'there are two, and both are needed: they are no safer than one',
        'let a third one join ("copa controller token")',
      ),
    );
  return found.length > 0 ? found : [ok(about, `${controllers.length} of ${controllers.length} are up`)];
}

const networkList = z.object({
  networks: z.array(
    z.object({
      name: z.string(),
      hosts: z.array(z.object({ pool: z.string(), state: z.string(), problem: z.string().nullable() })),
      conflicts: z.array(z.object({ message: z.string() })),
    }),
  ),
});

export async function examineNetworks(rest: ClusterRest): Promise<Finding[]> {
  const answer = await parsed(networkList, rest.networks());
  if (typeof answer === 'string') return [warning('networks', answer, 'copa network list shows why')];
  return answer.networks.flatMap(({ name, hosts, conflicts }) => {
    const about = `network ${name}`;
    const advice = `copa network info ${name}; on the host: copa doctor agent`;
    const found = [
      ...hosts
        .filter(({ state }) => state !== 'ready')
        .map(({ pool, state, problem: reason }) => problem(about, `${pool}: ${reason ?? state}`, advice)),
      ...conflicts.map(({ message }) => problem(about, message, advice)),
    ];
    return found.length > 0 ? found : [ok(about, `it is ready on all of its hosts: ${hosts.length}`)];
  });
}

/** A text is the reason why there is no answer. */
async function parsed<T>(schema: z.ZodType<T>, request: Promise<unknown>): Promise<T | string> {
  try {
    const answer = schema.safeParse(await request);
    return answer.success ? answer.data : 'the answer cannot be understood';
  } catch (error) {
    return `cannot be listed: ${messageOf(error)}`;
  }
}
