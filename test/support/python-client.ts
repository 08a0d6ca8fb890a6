/** The generated part of client/python/copa.py: types and methods, from the OpenAPI document. */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly title?: string;
  readonly description?: string;
}

interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export interface OpenApi {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly operationId: string;
            readonly summary: string;
            readonly parameters?: readonly Parameter[];
            readonly requestBody?: { readonly content: Content };
            readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
          }
        >
      >
    >
  >;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface Method {
  readonly name: string;
  readonly http: string;
  readonly path: string;
  /** What it sends beside its parameters. */
  readonly fixed: Readonly<Record<string, unknown>>;
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  /** The name of a type in Python. */
  readonly reply: string;
}

/** Written by hand is the stream of events. A session (`exec`) needs a websocket: Python has `container_exec`. */
export const notGenerated = ['readEvents', 'exec'];

const keywords = new Set(['from', 'class', 'in', 'is', 'not', 'import', 'global', 'with', 'as', 'for', 'if']);

const snake = (name: string) =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll('-', '_');
const camel = (name: string) =>
  name.replace(/(?:^|[^A-Za-z0-9])([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
const nameIn = (ref: string) => ref.slice(ref.lastIndexOf('/') + 1);
const identifier = (name: string) => (keywords.has(name) ? `${name}_` : name);

/** The types of the replies: classes of typed dictionaries first, then names of the others. */
class Types {
  readonly #classes: string[] = [];
  readonly #aliases: string[] = [];

  add(name: string, schema: Schema): void {
    if (schema.properties) this.#class(name, schema);
    else this.#aliases.push(`${name} = ${this.of(schema, name, true)}`);
  }

  get text(): string {
    return [...this.#classes, this.#aliases.join('\n')].join('\n\n\n');
  }

  /** `name` is for the classes of the objects inside; `quotes` where Python evaluates the text. */
  of(schema: Schema, name: string, quotes = false): string {
    if (schema.$ref !== undefined) return quotes ? `"${nameIn(schema.$ref)}"` : nameIn(schema.$ref);
    if (schema.const !== undefined) return literal([schema.const]);
    if (schema.enum) return literal(schema.enum);
    const variants = schema.anyOf ?? schema.oneOf;
    if (variants) {
      // The name itself is taken by the union, or several want it.
      const isNumbered = quotes || variants.filter(({ properties }) => properties).length > 1;
      const types = variants.map((each, index) => {
        const kind = each.properties?.['type']?.const;
        const own = typeof kind === 'string' ? camel(kind) : String(index + 1);
        return this.of(each, isNumbered ? name + own : name, quotes);
      });
      return union(types);
    }
    const kinds = [schema.type ?? 'any'].flat();
    return union(kinds.map((kind) => this.#kind(kind, schema, name, quotes)));
  }

  #kind(kind: string, schema: Schema, name: string, quotes: boolean): string {
    const { items = {}, properties, additionalProperties: rest } = schema;
    switch (kind) {
      case 'string':
        return 'str';
      case 'integer':
        return 'int';
      case 'number':
        return 'float';
      case 'boolean':
        return 'bool';
      case 'null':
        return 'None';
      case 'array':
        return `List[${this.of(items, `${name}Item`, quotes)}]`;
      case 'object':
        if (properties) {
          this.#class(name, schema);
          return quotes ? `"${name}"` : name;
        }
        return typeof rest === 'object'
          ? `Dict[str, ${this.of(rest, `${name}Value`, quotes)}]`
          : 'Dict[str, Any]';
      default:
        return 'Any';
    }
  }

  #class(name: string, { properties = {}, required = [] }: Schema): void {
    const fields = Object.entries(properties).map(([field, schema]) => {
      const type = this.of(schema, name + camel(field));
      return [field, required.includes(field) ? type : `NotRequired[${type}]`] as const;
    });
    const text = fields.every(([field]) => /^[A-Za-z_]\w*$/.test(field) && !keywords.has(field))
      ? `class ${name}(TypedDict):\n${fields.map(([field, type]) => `    ${field}: ${type}\n`).join('') || '    pass\n'}`
      : `${name} = Dict[str, Any]\n`;
    if (!this.#classes.includes(text.trimEnd())) this.#classes.push(text.trimEnd());
  }
}

function literal(values: readonly unknown[]): string {
  const shown = values.map((value) =>
    typeof value === 'boolean' ? (value ? 'True' : 'False') : JSON.stringify(value),
  );
  return `Literal[${shown.join(', ')}]`;
}

function union(types: readonly string[]): string {
  const all = [...new Set(types)];
  if (all.includes('Any')) return 'Any';
  return all.length === 1 ? String(all[0]) : `Union[${all.join(', ')}]`;
}

/** One method for each operation. */
export function methodsOf(document: OpenApi): Method[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { operationId }]) => !notGenerated.includes(operationId))
      .flatMap(([http, item]) =>
        (item.requestBody ? changesAt : readsAt)({ document, path, http: http.toUpperCase(), item }),
      ),
  );
}

interface Place {
  readonly document: OpenApi;
  readonly path: string;
  readonly http: string;
  readonly item: OpenApi['paths'][string][string];
}

/** The reply of this name, or any of the replies. */
function replyOf({ responses }: Place['item'], name: string): string {
  const [type, content] = Object.entries(responses['200']?.content ?? {})[0] ?? [];
  const replies = content?.schema.anyOf ?? [content?.schema ?? {}];
  const names = replies.flatMap(({ $ref }) => ($ref === undefined ? [] : [nameIn($ref)]));
  if (names.includes(name)) return name;
  return names.length > 0 ? union(names) : type === 'text/plain' ? 'str' : 'Any';
}

function readsAt({ path, http, item }: Place): Method[] {
  const { operationId, summary, parameters = [] } = item;
  const operations = parameters.find(({ name }) => name === 'operation')?.schema.enum;
  if (!operations) {
    const reply = replyOf(item, '');
    return [{ name: snake(operationId), http, path, fixed: {}, summary, parameters, reply }];
  }
  const noun = path.slice(path.lastIndexOf('/') + 1);
  return operations.map(String).map((operation) => ({
    name: `${noun}_${operation}`,
    http,
    path,
    fixed: { operation },
    summary,
    parameters: parameters.filter(({ name }) => name !== 'operation'),
    reply: replyOf(item, operation === 'place' ? 'Placement' : `${camel(`${noun}_${operation}`)}Reply`),
  }));
}

function changesAt({ document, path, http, item }: Place): Method[] {
  const { operationId, summary, parameters = [], requestBody } = item;
  const schema = requestBody?.content['application/json']?.schema ?? {};
  return (schema.oneOf ?? [schema]).map((each) => {
    const request = each.$ref === undefined ? each : (document.components.schemas[nameIn(each.$ref)] ?? {});
    const name = nameIn(each.$ref ?? operationId).replace(/Request$/, '');
    const all = Object.entries(request.properties ?? {});
    // A parameter of any type is one that old scripts send, and the API ignores.
    const own = all.filter(
      ([, { type, anyOf, enum: values, const: only }]) => (type ?? anyOf ?? values) && only === undefined,
    );
    return {
      name: snake(name),
      http,
      path,
      fixed: Object.fromEntries(
        all.flatMap(([field, { const: only }]) => (only === undefined ? [] : [[field, only]])),
      ),
      summary: request.description ?? summary,
      parameters: [
        ...parameters,
        ...own.map(([field, { description, ...rest }]): Parameter => ({
          name: field,
          in: 'query',
          required: request.required?.includes(field) ?? false,
          ...(description === undefined ? {} : { description }),
          schema: rest,
        })),
      ],
      reply: replyOf(item, `${name}Reply`),
    };
  });
}

function textOf({ name, http, path, fixed, summary, parameters, reply }: Method): string {
  const types = new Types();
  const required = parameters.filter((each) => each.required);
  const optional = parameters.filter((each) => !each.required);
  const arguments_ = [
    ...required.map((each) => `${identifier(each.name)}: ${types.of(each.schema, '')}`),
    ...optional.map((each) => `${identifier(each.name)}: Optional[${types.of(each.schema, '')}] = None`),
  ];
  const described = parameters.filter(({ description }) => description !== undefined);
  const place = path.replace(/\{(\w+)\}/g, (_, field: string) => `{quote(${identifier(field)}, safe='')}`);
  const sent = [
    ...Object.entries(fixed).map(([field, value]) => `${JSON.stringify(field)}: ${JSON.stringify(value)},`),
    ...parameters
      .filter((each) => each.in === 'query')
      .map((each) => `"${each.name}": ${identifier(each.name)},`),
  ];
  const values =
    sent.length === 0 ? '{}' : `{\n${sent.map((line) => `            ${line}\n`).join('')}        }`;
  const where = place === path ? `"${path}"` : `f"${place}"`;
  const call =
    reply === 'str'
      ? `self._text(${where})`
      : http === 'GET'
        ? `self._read(${where}, ${values})`
        : `self._change("${http}", ${where}, ${http === 'DELETE' ? 'None' : values})`;
  return [
    `    def ${name}(`,
    '        self,',
    ...(arguments_.length > 0 ? ['        *,'] : []),
    ...arguments_.map((each) => `        ${each},`),
    `    ) -> ${reply}:`,
    `        """${summary}.`,
    ...(described.length > 0 ? [''] : []),
    ...described.map((each) => `        ${identifier(each.name)}: ${each.description ?? ''}`),
    ...(described.length > 0 ? ['        """'] : []),
    reply === 'str' ? `        return ${call}` : `        return cast("${reply}", ${call})`,
  ]
    .map((line) => (line.startsWith('        """') && described.length === 0 ? `${line}"""` : line))
    .join('\n');
}

/** The line in the file that the generated part starts with. */
export const mark =
  '# --- Made of /openapi.json by `npm run types:client`: do not change anything from here on. ---';

export function pythonOf(document: OpenApi): string {
  const types = new Types();
  for (const [name, schema] of Object.entries(document.components.schemas))
    if (!name.endsWith('Request')) types.add(name, schema);
  const methods = methodsOf(document).map(textOf);
  return (
    [
      mark,
      types.text,
      `class Copa(Client):\n    """A controller, with each operation of the API as a method."""\n\n${methods.join('\n\n')}`,
    ].join('\n\n\n') + '\n'
  );
}
