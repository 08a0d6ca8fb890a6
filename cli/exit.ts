/** The exit codes of `copa`. */
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
  0    success
  1    failure
  2    the command or an argument is not valid
  3    the pool, container, migration, ... does not exist
  4    it exists already, or the operation is not possible in the present state
  5    the controller, a host or etcd does not answer
  6    the token is missing, not valid, or has not enough rights
  130  interrupted with Ctrl-C; an operation that has started continues
"copa exec" exits with the code of the command that it ran.`;

const byCode: Readonly<Partial<Record<ErrorCode, number>>> = {
  invalid_argument: exitCodes.usage,
  not_found: exitCodes.notFound,
  already_exists: exitCodes.conflict,
  failed_precondition: exitCodes.conflict,
  unimplemented: exitCodes.conflict,
  aborted: exitCodes.conflict,
  unavailable: exitCodes.unreachable,
  deadline_exceeded: exitCodes.unreachable,
  unauthenticated: exitCodes.notAllowed,
  permission_denied: exitCodes.notAllowed,
};

export function exitCodeOf(error: unknown): number {
  return (isCopaError(error) ? byCode[error.code] : undefined) ?? exitCodes.failed;
}
