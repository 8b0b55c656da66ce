import { bearerHeaders } from './bearer';
import { ApiError, errorOf } from './errors';

/** How long an answer may take, its body included, in milliseconds. */
export const READ_WITHIN_MS = 20_000;
export const CHANGE_WITHIN_MS = 60_000;

declare global {
  /** Requests that boot.js made before the code was there, by their address. */
  var vitrinaFirst: Map<string, Promise<Response>> | undefined;
}

/** Of requests that wait for the owner's button, by what they say: the same one, made again, goes
 * through once it is confirmed. */
const waiting = new Map<string, string>();

function alreadyAsked(request: Request): Promise<Response> | undefined {
  if (request.method !== 'GET') return undefined;
  const { pathname, search } = new URL(request.url);
  const found = globalThis.vitrinaFirst?.get(pathname + search);
  globalThis.vitrinaFirst?.delete(pathname + search);
  return found;
}

/** The answer of whichever comes first, or the abort of either; no timer is left behind. */
async function within<T>(
  milliseconds: number,
  outer: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  const cut = () => inner.abort();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    cut();
  }, milliseconds);
  outer.addEventListener('abort', cut);
  try {
    const gone = new Promise<never>((_, reject) => {
      inner.signal.addEventListener('abort', () => reject(inner.signal.reason));
    });
    return await Promise.race([ask(inner.signal), gone]);
  } catch (cause) {
    if (outer.aborted || cause instanceof ApiError) throw cause;
    throw new ApiError({ status: 0, code: isLate ? 'timeout' : 'network', detail: String(cause) });
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', cut);
  }
}

/** What a change says, whole; of a file, which nobody confirms, its address alone. */
async function wordsOf(request: Request): Promise<string> {
  const isFile = request.headers.get('content-type') === 'application/octet-stream';
  return `${request.method} ${request.url} ${isFile ? '' : await request.clone().text()}`;
}

/** fetch for the client: raises ApiError for whatever is not 2xx, and for an answer that does not
 * come. */
export async function transport(request: Request): Promise<Response> {
  const isRead = request.method === 'GET';
  const said = isRead ? '' : await wordsOf(request);
  const confirmation = waiting.get(said);
  if (confirmation !== undefined) request.headers.set('confirmation', confirmation);
  for (const [name, value] of Object.entries(bearerHeaders())) request.headers.set(name, value);
  const limit = isRead ? READ_WITHIN_MS : CHANGE_WITHIN_MS;
  return within(limit, request.signal, async (signal) => {
    const response = await (alreadyAsked(request) ?? fetch(request, { signal }));
    waiting.delete(said);
    const body = await response.arrayBuffer();
    if (response.ok)
      return new Response(body.byteLength ? body : null, {
        status: response.status,
        headers: response.headers,
      });
    const text = new TextDecoder().decode(body);
    const error = errorOf(response.status, response.headers.get('content-type'), text);
    if (error.confirmation !== undefined) waiting.set(said, error.confirmation);
    throw error;
  });
}
