/**
 * Talks to the client of Telegram that shows the panel, as its web apps do
 * (https://core.telegram.org/api/web-events): by an object that the phone and desktop apps put into
 * the page, by the frame's parent in the web client.
 */
type Handler = (data: Record<string, unknown>) => void;

declare global {
  interface Window {
    TelegramWebviewProxy?: { postEvent: (name: string, data: string) => void };
    Telegram?: { WebView?: { receiveEvent: (name: string, data: unknown) => void } };
  }
  interface External {
    notify?: (message: string) => void;
  }
}

const WEB_CLIENT = 'https://web.telegram.org';
const handlers = new Map<string, Set<Handler>>();
let isListening = false;

export function post(name: string, data: Record<string, unknown> = {}): void {
  if (window.TelegramWebviewProxy) {
    window.TelegramWebviewProxy.postEvent(name, JSON.stringify(data));
    return;
  }
  const message = JSON.stringify({ eventType: name, eventData: data });
  if (typeof window.external?.notify === 'function') window.external.notify(message);
  else if (window.parent !== window) window.parent.postMessage(message, WEB_CLIENT);
}

function receive(name: string, data: unknown): void {
  const given = typeof data === 'object' && data !== null ? data : {};
  for (const handler of handlers.get(name) ?? []) handler(given as Record<string, unknown>);
}

function listen(): void {
  if (isListening) return;
  isListening = true;
  window.Telegram = { ...window.Telegram, WebView: { receiveEvent: receive } };
  window.addEventListener('message', ({ origin, source, data }) => {
    if (origin !== WEB_CLIENT || source !== window.parent || typeof data !== 'string') return;
    try {
      const { eventType, eventData } = JSON.parse(data);
      if (typeof eventType === 'string') receive(eventType, eventData);
    } catch {
      // Not one of Telegram's.
    }
  });
}

/** Hears an event of the client; returns what ends that. */
export function hear(name: string, handler: Handler): () => void {
  listen();
  const own = handlers.get(name) ?? new Set();
  handlers.set(name, own.add(handler));
  return () => void own.delete(handler);
}
