/** The other controllers that a page offers when its own one is gone. */

export interface OtherController {
  readonly name: string;
  /** Of its page. */
  readonly url: string;
}

interface Listed {
  readonly name: string;
  readonly url: string | null;
  readonly this: boolean;
}

/** Of a reply. One that is down now has no URL there, and keeps the one that is known. */
export function othersIn(
  listed: readonly Listed[],
  known: readonly OtherController[],
): readonly OtherController[] {
  return listed.flatMap(({ name, url, this: isThis }) => {
    const page = url ?? known.find((each) => each.name === name)?.url;
    return !isThis && page !== undefined && isWeb(page) ? [{ name, url: page }] : [];
  });
}

/** What was stored. Anything else is nothing. */
export function parseOthers(stored: string | null): readonly OtherController[] {
  try {
    const all: unknown = JSON.parse(stored ?? '[]');
    return Array.isArray(all) ? all.filter(isOther) : [];
  } catch {
    return [];
  }
}

function isOther(value: unknown): value is OtherController {
  const { name, url } = (value ?? {}) as Partial<Record<string, unknown>>;
  return typeof name === 'string' && typeof url === 'string' && isWeb(url);
}

/** A link to anything else could run a script. */
function isWeb(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
}
