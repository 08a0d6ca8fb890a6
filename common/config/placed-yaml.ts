/** A document in YAML or JSON that people write, as a mapping. Each of its faults is reported with its line and column. */
import { isMap, isSeq, LineCounter, parseDocument, visit, type Document } from 'yaml';
import type { z } from 'zod';
import { CopaError } from '../errors.js';
import { shown } from '../names.js';

type Path = readonly PropertyKey[];

interface Ranged {
  readonly range?: readonly number[];
}

export class PlacedYaml {
  readonly #lines = new LineCounter();
  readonly #doc: Document;

  /**
   * `what` names the document in messages. Throws `invalid_argument` for a text that is no mapping, and for aliases,
   * which no document of COPA needs.
   */
  constructor(
    readonly what: string,
    text: string,
    fields: string,
  ) {
    this.#doc = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const { errors, contents } = this.#doc;
    if (errors.length > 0) throw this.#invalid(errors.map(({ pos, message }) => this.#at(pos[0], message)));
    if (!isMap(contents)) throw this.#invalid([this.#at(0, `${what} is a mapping: ${fields}`)]);
    visit(this.#doc, {
      Alias: (_, { range }) => {
        const message = 'an alias is not possible here: write the value';
        throw this.#invalid([this.#at(range?.[0] ?? 0, message)]);
      },
    });
  }

  get value(): Readonly<Record<string, unknown>> {
    return this.#doc.toJS() as Record<string, unknown>;
  }

  isList(field: string): boolean {
    return isSeq(this.#doc.get(field, true));
  }

  /** The error with the place of each issue. `pathOf` is the path in the text of one in the checked value. */
  invalid(issues: readonly z.core.$ZodIssue[], pathOf: (path: Path) => Path = (path) => path): CopaError {
    return this.#invalid(
      issues.flatMap((issue) => {
        const path = pathOf(issue.path);
        if (issue.code !== 'unrecognized_keys')
          return [this.#at(this.#offsetOf(path), textOf(path, issue.message))];
        return issue.keys.map((key) =>
          this.#at(this.#keyOffsetOf(path, key), `${shown(key)} is not known here`),
        );
      }),
    );
  }

  /** The error of one fault. */
  fault(path: Path, message: string): CopaError {
    return this.#invalid([this.#at(this.#offsetOf(path), message)]);
  }

  #at(offset: number, message: string): string {
    const { line, col } = this.#lines.linePos(offset);
    return `line ${Math.max(1, line)}, column ${Math.max(1, col)}: ${message}`;
  }

  #invalid(faults: readonly string[]): CopaError {
    return new CopaError(
      'invalid_argument',
      `the ${this.what.replace(/^an? /, '')} is not valid: ${faults.join('; ')}`,
    );
  }

  /** Of the node, or of the closest one around it when it is missing. */
  #offsetOf(path: Path): number {
    for (let length = path.length; length >= 0; length--) {
      const node = (
        length === 0 ? this.#doc.contents : this.#doc.getIn(path.slice(0, length), true)
      ) as Ranged | null;
      const offset = node?.range?.[0];
      if (offset !== undefined) return offset;
    }
    return 0;
  }

  #keyOffsetOf(path: Path, key: string): number {
    const map = path.length === 0 ? this.#doc.contents : this.#doc.getIn(path, true);
    if (!isMap(map)) return this.#offsetOf(path);
    const found = map.items.find((pair) => String(pair.key) === key)?.key as Ranged | undefined;
    return found?.range?.[0] ?? this.#offsetOf(path);
  }
}

function textOf(path: Path, message: string): string {
  const field = path.map(String).join('.');
  return field === '' ? message : `${field}: ${message}`;
}
