/** How many packets the guard has dropped, as its rules count them. */
import { guardTable } from './plan.js';
import type { RunProgram } from './programs.js';

interface Listed {
  readonly nftables: readonly {
    readonly rule?: { readonly expr: readonly { readonly counter?: { readonly packets: number } }[] };
  }[];
}

/** 0 without the guard, and since it was last set. */
export async function droppedPackets(run: RunProgram): Promise<number> {
  let text: string;
  try {
    text = await run('nft', ['-j', 'list', 'table', guardTable.family, guardTable.name]);
  } catch {
    return 0;
  }
  const { nftables } = JSON.parse(text) as Listed;
  const counts = nftables.flatMap(({ rule }) => rule?.expr.map(({ counter }) => counter?.packets ?? 0) ?? []);
  return counts.reduce((sum, count) => sum + count, 0);
}
