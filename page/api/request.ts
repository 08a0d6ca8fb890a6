/** One request to the REST API: JSON there and back, with the tab's token. */
import { askForToken, token } from './session.js';

export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    /** HTTP's; 0 when the controller was not reached. */
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

interface Send {
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Beside this page, wherever a proxy puts both. */
const base = new URL('./REST/', document.baseURI);

export function addressOf(path: string, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

export function authorization(): Record<string, string> {
  return token() === '' ? {} : { Authorization: `Bearer ${token()}` };
}

/** @throws ApiError with the controller's own words. */
export async function request<Body>(method: string, path: string, send: Send = {}): Promise<Body> {
  const { query, json, headers, signal } = send;
  let response: Response;
  try {
    response = await fetch(addressOf(path, query), {
      method,
      headers: {
        ...authorization(),
        ...(json ? { 'Content-Type': 'application/json' } : {}),
        ...headers,
      },
      body: json ? JSON.stringify(json) : null,
      ...(signal ? { signal } : {}),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, 'The controller does not answer. Nothing is known of what became of this.');
  }
  if (response.ok) return (await response.json()) as Body;
  throw await refusal(response);
}

/** What an answer that is no success says; a 401 makes the page ask for a token. */
export async function refusal(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined);
  const said = (body as { error?: unknown } | undefined)?.error;
  const message = typeof said === 'string' ? said : `the controller answered ${response.status}`;
  if (response.status === 401) askForToken(message);
  return new ApiError(response.status, message);
}
