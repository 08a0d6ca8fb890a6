/**
 * Whether to use undocumented features of other projects. COPA_WITHOUT_INTERNALS=1 turns all of them off, in case an
 * update of Node or grpc-js breaks one. The program then does the same with more processor time and memory.
 */
export const usesInternals = process.env['COPA_WITHOUT_INTERNALS'] !== '1';
