/**
 * Whether to use what other projects do not document: COPA_WITHOUT_INTERNALS=1 turns all of it off, should an update of
 * Node or grpc-js break it. The program then does the same and needs more processor time and memory.
 */
export const usesInternals = process.env['COPA_WITHOUT_INTERNALS'] !== '1';
