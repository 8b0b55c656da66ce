import { bearerHeaders } from './bearer';
import { ApiError, errorOf } from './errors';
import { CHANGE_WITHIN_MS, READ_WITHIN_MS } from './transport';

/** How long a file may take once it has begun to come, in milliseconds. */
const FILE_WITHIN_MS = 10 * 60_000;

/** Refusals that have words to be asked for: whom to ask, when to come again, what is gone. */
const hasWords = (status: number) => status >= 400 && status < 500 && status !== 401;

/** A file that the page holds. */
export type Held = { name: string; body: Blob };

/** What `read` makes of an answer, which has to begin in time. */
async function ask<T>(
  method: 'HEAD' | 'GET',
  address: string,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const cutAfter = (milliseconds: number) => setTimeout(() => late.abort(), milliseconds);
  let timer = cutAfter(method === 'HEAD' ? READ_WITHIN_MS : CHANGE_WITHIN_MS);
  try {
    const response = await fetch(new URL(address, globalThis.location?.origin).href, {
      method,
      credentials: 'same-origin',
      headers: bearerHeaders(),
      signal: late.signal,
    });
    if (response.ok) {
      clearTimeout(timer);
      timer = cutAfter(FILE_WITHIN_MS);
    }
    return await read(response);
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    const code = late.signal.aborted ? 'timeout' : 'network';
    throw new ApiError({ status: 0, code, detail: String(cause) });
  } finally {
    clearTimeout(timer);
  }
}

/** As the server calls it, else as its address ends. */
function nameOf(response: Response, address: string): string {
  const said = response.headers.get('content-disposition') ?? '';
  const [, encoded] = /filename\*=UTF-8''([^;]+)/i.exec(said) ?? [];
  if (encoded) return decodeURIComponent(encoded);
  return (
    /filename="([^"]+)"/.exec(said)?.[1] ?? address.replace(/\?.*/, '').split('/').at(-1) ?? ''
  );
}

/** A file of the server as the page holds it. Raises ApiError. */
export const holdFile = (address: string) =>
  ask('GET', address, async (response): Promise<Held> => {
    if (response.ok) return { name: nameOf(response, address), body: await response.blob() };
    const type = response.headers.get('content-type');
    throw errorOf(response.status, type, await response.text());
  });

/** The file behind an address, or undefined where the browser can take it itself. Raises ApiError if
 * it may not be had now: the browser would call that a failed download, without a word why. HEAD
 * begins no export, but its refusal has no words: they are asked for by GET. */
export async function takeFile(address: string): Promise<Held | undefined> {
  // The browser's own download would go without the session.
  if (bearerHeaders().authorization) return holdFile(address);
  const { ok, status } = await ask('HEAD', address, async (response) => response);
  if (ok) return undefined;
  if (hasWords(status)) return holdFile(address); // it may be had by now
  throw errorOf(status, null, '');
}
