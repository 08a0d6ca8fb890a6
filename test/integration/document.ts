/** What the OpenAPI document says of an answer, held against the answer. */
import { z } from 'zod';

type Schema = Parameters<typeof z.fromJSONSchema>[0];
interface Response {
  readonly content: { readonly 'application/json': { readonly schema: { readonly $ref?: string } } };
}

export interface OpenApi {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Response>> }>>>
  >;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

const made = new WeakMap<object, z.ZodType>();

/** What is wrong with an answer by the document; undefined when nothing is, or when the path is not in it. */
export function objection(
  { paths, components }: OpenApi,
  method: string,
  path: string,
  status: number,
  body: unknown,
): string | undefined {
  const [bare = ''] = path.split('?');
  const plain = bare.replace(/\/$/, '');
  const known = Object.keys(paths).find((each) =>
    new RegExp(`^${each.replace(/\{\w+\}/g, '[^/]+')}$`).test(plain),
  );
  const responses = known === undefined ? undefined : paths[known]?.[method.toLowerCase()]?.responses;
  if (!responses || body === undefined) return undefined;
  const response = responses[String(status)] ?? responses[`${String(status)[0] ?? ''}XX`];
  if (!response) return `the document knows no answer ${status} to ${method} ${plain}`;
  const { schema } = response.content['application/json'];
  const named = schema.$ref === undefined ? schema : components.schemas[schema.$ref.split('/').at(-1) ?? ''];
  let checker = made.get(schema);
  if (!checker) made.set(schema, (checker = z.fromJSONSchema(named as Schema)));
  const checked = checker.safeParse(body);
  return checked.success ? undefined : z.prettifyError(checked.error);
}
