/** What the exit code of `copa` says. */
import { isCopaError, type ErrorCode } from '../common/errors.js';

export const exitCodes = {
  failed: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  unreachable: 5,
  notAllowed: 6,
} as const;

export const exitCodesHelp = `
Exit codes:
  0    done
  1    it failed
  2    the command, or what was given to it, is not valid
  3    there is no such pool, container, migration, ...
  4    it is there already, or makes no sense in the present state
  5    the controller, a host or etcd does not answer
  6    the token is missing, not valid, or not good enough for this
  130  left with Ctrl-C; what was begun goes on
"copa exec" ends with the code of the command that it ran.`;

const byCode: Readonly<Partial<Record<ErrorCode, number>>> = {
  invalid_argument: exitCodes.usage,
  not_found: exitCodes.notFound,
  already_exists: exitCodes.conflict,
  failed_precondition: exitCodes.conflict,
  aborted: exitCodes.conflict,
  unavailable: exitCodes.unreachable,
  deadline_exceeded: exitCodes.unreachable,
  unauthenticated: exitCodes.notAllowed,
  permission_denied: exitCodes.notAllowed,
};

export function exitCodeOf(error: unknown): number {
  return (isCopaError(error) ? byCode[error.code] : undefined) ?? exitCodes.failed;
}
