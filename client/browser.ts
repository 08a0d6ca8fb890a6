/** The same API in a browser: nothing here imports a module of Node. */
export { isCopaError, isUnknownOutcome } from '../common/errors.js';
export { Copa } from './client.js';
export { parametersOf } from './requests.js';
export { FetchTransport } from './fetch.js';
export type * from './types.js';
