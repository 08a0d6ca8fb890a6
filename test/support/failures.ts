/** For expectations about failures: the code and message of a failing call. */
import { CopaError } from '../../common/errors.js';

/** `code: message` of the CopaError that `call` fails with; 'nothing' when it does not fail. */
export async function failureOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    if (error instanceof CopaError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'nothing';
}
