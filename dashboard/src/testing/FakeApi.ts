import { vi } from 'vitest';
import type { Overview, Problem } from '../api/model';
import { ANSWERS } from './samples';

export * from './samples';

type Asked = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: unknown;
};
type Handler = (request: Asked) => Response | Promise<Response>;

export const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json' },
  });

export const problem = (status: number, code: string, detail = '') =>
  new Response(JSON.stringify({ status, code, detail, title: code } satisfies Problem), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  });

/** The server's side of one live stream: what a test pushes, the panel reads. */
export class FakeLive {
  readonly response: Response;
  private controller!: ReadableStreamDefaultController<Uint8Array>;

  constructor(signal?: AbortSignal | null) {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.controller = controller;
      },
    });
    signal?.addEventListener('abort', () => {
      try {
        this.controller.error(new DOMException('aborted', 'AbortError'));
      } catch {
        // Closed by the server before the panel left.
      }
    });
    this.response = new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  }

  send(text: string): void {
    try {
      this.controller.enqueue(new TextEncoder().encode(text));
    } catch {
      // Closed meanwhile: nobody hears it, and whoever connects anew reads everything.
    }
  }

  push(overview: Overview): void {
    this.send(`event: overview\ndata: ${JSON.stringify(overview)}\n\n`);
  }

  end(): void {
    this.controller.close();
  }
}

/** The API's contract in memory; `on` replaces one answer, `requests` remembers what was asked. */
export class FakeApi {
  readonly requests: Asked[] = [];
  readonly lives: FakeLive[] = [];
  /** The streams of the bots' states. */
  readonly botLives: FakeLive[] = [];
  private readonly handlers = new Map<string, Handler>();

  constructor() {
    for (const [route, answer] of Object.entries(ANSWERS)) this.on(route, () => json(answer));
    vi.stubGlobal('fetch', (input: string | Request, init?: RequestInit) =>
      this.answer(input, init),
    );
  }

  on(route: string, handler: Handler): this {
    this.handlers.set(route, handler);
    return this;
  }

  asked(route: string): Asked[] {
    return this.requests.filter(({ method, path }) => `${method} ${path}` === route);
  }

  private async answer(input: string | Request, init: RequestInit = {}): Promise<Response> {
    const isRequest = typeof input !== 'string';
    const url = new URL(isRequest ? input.url : input, 'http://panel.test');
    const sent = isRequest ? await input.text() : '';
    const request = {
      method: isRequest ? input.method : (init.method ?? 'GET'),
      path: url.pathname,
      query: url.searchParams,
      headers: isRequest ? input.headers : new Headers(init.headers),
      body: sent ? JSON.parse(sent) : undefined,
    };
    this.requests.push(request);
    const handler = this.handlers.get(`${request.method} ${request.path}`);
    if (handler) return handler(request);
    if (request.path === '/api/v1/live') {
      const live = new FakeLive(init.signal);
      this.lives.push(live);
      return live.response;
    }
    if (request.path === '/api/v1/live/bots') {
      const live = new FakeLive(init.signal);
      this.botLives.push(live);
      return live.response;
    }
    return problem(404, 'not_found');
  }

  /** The server says that a bot has changed. */
  botsChanged(): void {
    this.botLives.at(-1)?.send('event: bots\ndata: {}\n\n');
  }
}
