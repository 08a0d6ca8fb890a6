/** Our own tables of nftables. Each is replaced as a whole, and compared by how the kernel shows it. */
import { isCopaError } from '../../common/errors.js';
import type { RunProgram } from './programs.js';

/** As `inet copa_overlay`. */
export interface NftTable {
  readonly family: 'inet' | 'ip';
  readonly name: string;
}

/** As the kernel has it now, without counters; undefined when there is none. */
export async function readTable(run: RunProgram, { family, name }: NftTable): Promise<string | undefined> {
  try {
    return await run('nft', ['-s', 'list', 'table', family, name]);
  } catch (error) {
    if (isCopaError(error, 'failed_precondition') && /no such file/i.test(error.message)) return undefined;
    throw error;
  }
}

/** The input of `nft -f -`, one transaction: never are neither the old rules nor the new ones there. */
export function replacement({ family, name }: NftTable, rules: string | undefined): string {
  // Declared first, because what is not there cannot be deleted.
  return `table ${family} ${name}\ndelete table ${family} ${name}\n${rules ?? ''}`;
}
