/** The rules of a pool's translations: what may be added to them, and what can be taken away. */
import { CopaError } from '../../common/errors.js';
import { shown } from '../../common/names.js';
import { checkHostName, parseNames, type Translations } from '../model/mapping.js';

/** The kinds of names, as requests call one of them. */
const kinds = { storage: 'storage', network: 'networks', profile: 'profiles' } as const;
type Kind = keyof typeof kinds;
type Texts = { readonly [Name in Kind]?: string | undefined };

/** Of one kind, for one pool; past this it is a flood. */
const translationsMax = 100;

/** Adds pairs FROM=TO, separated by commas, of each kind; replaces those that are there. Throws `invalid_argument`. */
export function mapping(texts: Texts): (before: Translations) => Translations {
  const added = given(texts).map(([kind, text]) => {
    const rule =
      'pairs of a name on other pools and one on this pool are expected, separated by commas (default=tank,fast=nvme)';
    return [kind, parseNames(kind, text, rule)] as const;
  });
  return (before) => added.reduce((all, [kind, pairs]) => withNames(all, kind, pairs), before);
}

function withNames(all: Translations, kind: Kind, pairs: Record<string, string>): Translations {
  const names = { ...all[kinds[kind]], ...pairs };
  if (Object.keys(names).length > translationsMax) {
    throw new CopaError(
      'failed_precondition',
      `a pool has ${translationsMax} translations of one kind at most: remove some (operation=unmap)`,
    );
  }
  return { ...all, [kinds[kind]]: names };
}

/** Takes the translations of these names, separated by commas, away. Throws `not_found` for one that is not there. */
export function unmapping(texts: Texts): (before: Translations, pool: string) => Translations {
  const removed = given(texts).map(([kind, text]) => {
    const names = text.split(',').map((name) => name.trim());
    for (const name of names) checkHostName(kind, name);
    return [kind, names] as const;
  });
  return (before, pool) =>
    removed.reduce((all, [kind, names]) => {
      const unknown = names.find((name) => !Object.hasOwn(all[kinds[kind]], name));
      if (unknown !== undefined) {
        throw new CopaError('not_found', `pool "${pool}" has no translation of ${kind} ${shown(unknown)}`);
      }
      const left = Object.entries(all[kinds[kind]]).filter(([name]) => !names.includes(name));
      return { ...all, [kinds[kind]]: Object.fromEntries(left) };
    }, before);
}

function given(texts: Texts): (readonly [Kind, string])[] {
  const found = (Object.keys(kinds) as Kind[]).flatMap((kind) => {
    const text = texts[kind];
    return text === undefined ? [] : [[kind, text] as const];
  });
  if (found.length > 0) return found;
  throw new CopaError('invalid_argument', 'one of the parameters storage, network and profile is required');
}
