import { createParser } from 'eventsource-parser';
import { bearerHeaders } from '../api/bearer';

/**
 * connecting: the first attempt · live: bytes are coming · reconnecting: lost, trying again ·
 * offline: several attempts failed, still trying · ended: the session is over, no more attempts ·
 * paused: the tab is hidden.
 */
export type LiveStatus = 'connecting' | 'live' | 'reconnecting' | 'offline' | 'ended' | 'paused';

/**
 * polling: no stream gets through, so what is shown is asked for every few seconds · away: the
 * server is there, and cannot read the figures.
 */
export type ShownStatus = LiveStatus | 'polling' | 'away';

export type LiveEvent = { event: string; data: unknown };

export type StreamOptions = {
  url: string;
  onEvent: (event: LiveEvent) => void;
  onStatus: (status: LiveStatus) => void;
  fetch?: typeof fetch;
  /** In [0, 1); spreads the reconnects of many panels over time. */
  random?: () => number;
};

const FIRST_DELAY_MS = 500;
const LAST_DELAY_MS = 15_000;
const ATTEMPTS_TO_OFFLINE = 3;
/** The server says something every 4 s, so two missed heartbeats mean a dead connection. */
export const SILENCE_MS = 10_000;

/** Full jitter over the upper half: between 0.5 and 1 of the exponential delay, in milliseconds. */
export function backoff(attempt: number, random: () => number): number {
  const delay = Math.min(FIRST_DELAY_MS * 2 ** attempt, LAST_DELAY_MS);
  return delay * (0.5 + random() / 2);
}

class SessionOver extends Error {}

/**
 * Server-sent events read with fetch. EventSource cannot send a header, which Telegram's web views
 * will need, tells nothing of a 401, and reconnects without backoff.
 */
export class LiveStream {
  private readonly options: Required<StreamOptions>;
  private abort: AbortController | null = null;
  private connection: AbortController | null = null;
  private wake: (() => void) | null = null;
  /** What the server has sent already: it is not sent again. */
  private lastId = '';
  /** When a server that stops wants to see us again. */
  private askedPause: number | null = null;

  constructor(options: StreamOptions) {
    this.options = {
      fetch: (input, init) => fetch(input, init),
      random: Math.random,
      ...options,
    };
  }

  /** Reads until `close` or the session's end. A stream that is open already stays as it is. */
  open(): void {
    if (this.abort) return;
    this.abort = new AbortController();
    void this.run(this.abort.signal);
  }

  close(status: LiveStatus = 'paused'): void {
    if (!this.abort) return;
    this.abort.abort();
    this.abort = null;
    this.wake?.();
    this.options.onStatus(status);
  }

  /** The system says that the network is gone: nobody waits for silence to prove it. */
  lose(): void {
    this.connection?.abort();
    if (this.abort) this.options.onStatus('offline');
  }

  /** Cuts a pause between two attempts short, for instance when the network is back. */
  retryNow(): void {
    this.wake?.();
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { onStatus, random } = this.options;
    onStatus('connecting');
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        await this.readOnce(signal, () => {
          attempt = 0;
        });
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof SessionOver) {
          this.abort = null;
          onStatus('ended');
          return;
        }
      }
      if (signal.aborted) return;
      const isOffline = attempt >= ATTEMPTS_TO_OFFLINE || navigator.onLine === false;
      onStatus(isOffline ? 'offline' : 'reconnecting');
      const asked = this.askedPause;
      this.askedPause = null;
      await this.pause(asked ?? backoff(attempt, random));
    }
  }

  /** One connection, until it ends, fails or falls silent. */
  private async readOnce(outer: AbortSignal, onBytes: () => void): Promise<void> {
    const connection = new AbortController();
    this.connection = connection;
    const cut = () => connection.abort();
    outer.addEventListener('abort', cut);
    let silence = setTimeout(cut, SILENCE_MS);
    try {
      const response = await this.options.fetch(this.options.url, {
        headers: {
          accept: 'text/event-stream',
          ...bearerHeaders(),
          ...(this.lastId && { 'last-event-id': this.lastId }),
        },
        credentials: 'same-origin',
        cache: 'no-store',
        signal: connection.signal,
      });
      if (response.status === 401 || response.status === 403) throw new SessionOver();
      if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
      this.options.onStatus('live');
      const parser = createParser({
        onEvent: ({ id, event, data }) => {
          this.lastId = id ?? this.lastId;
          this.options.onEvent({ event: event ?? 'message', data: JSON.parse(data) });
        },
        onRetry: (milliseconds) => {
          this.askedPause = Math.min(milliseconds, LAST_DELAY_MS);
        },
      });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        onBytes();
        clearTimeout(silence);
        silence = setTimeout(cut, SILENCE_MS);
        parser.feed(part.value);
      }
    } finally {
      clearTimeout(silence);
      outer.removeEventListener('abort', cut);
    }
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wake = null;
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.wake = done;
    });
  }
}
