/** Which events a reader wants, and which it may see. */
import { isAbout, type InventoryEvent } from '../model/event.js';

export interface EventFilter {
  /** Undefined: of all pools. */
  readonly pools: ReadonlySet<string> | undefined;
  /** Each a whole type ("container.started") or the first part of one ("container"); undefined: all. */
  readonly types: readonly string[] | undefined;
}

export function wants({ pools, types }: EventFilter, event: InventoryEvent): boolean {
  if (pools && !isAbout(event, pools)) return false;
  return !types || types.some((type) => matches(type, event.type));
}

function matches(wanted: string, type: string): boolean {
  return type === wanted || (type.startsWith(wanted) && type[wanted.length] === '.');
}
