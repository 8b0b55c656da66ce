import { bearerHeaders } from './bearer';
import { ApiError, errorOf } from './errors';

async function ask(method: 'HEAD' | 'GET', address: string, signal?: AbortSignal) {
  try {
    return await fetch(new URL(address, globalThis.location?.origin).href, {
      method,
      credentials: 'same-origin',
      headers: bearerHeaders(),
      signal,
    });
  } catch (cause) {
    throw new ApiError({ status: 0, code: 'network', detail: String(cause) });
  }
}

/** Raises ApiError if the file behind an address may not be had now. The browser would call that a
 * failed download, without a word why. HEAD begins no export; its refusal has no words, so the same
 * is asked by GET, which is refused as well. */
export async function ensureMayTake(address: string): Promise<void> {
  const looked = await ask('HEAD', address);
  if (looked.ok) return;
  const leaving = new AbortController();
  const refused = await ask('GET', address, leaving.signal);
  if (refused.ok) {
    leaving.abort(); // it may by now
    return;
  }
  throw errorOf(refused.status, refused.headers.get('content-type'), await refused.text());
}
