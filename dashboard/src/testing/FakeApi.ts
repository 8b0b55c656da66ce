import { vi } from 'vitest';
import type { Module, Overview, Problem, Shop, Template } from '../api/model';

type Asked = { method: string; path: string; query: URLSearchParams; body: unknown };
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

/** Of the API's table what the tests name. */
export const CURRENCIES = {
  ...{ XTR: 0, JPY: 0, XOF: 0, XAF: 0, UGX: 0, RWF: 0, PYG: 0 },
  ...{ RUB: 2, USD: 2, EUR: 2, HUF: 2, COP: 2, IDR: 2, PKR: 2 },
  ...{ KWD: 3, JOD: 3, TND: 3, OMR: 3, CLF: 4 },
};

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
    this.controller.enqueue(new TextEncoder().encode(text));
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
    this.on('GET /api/me', () => json({ role: 'owner', label: 'Ольга', shop_ids: null }));
    this.on('GET /api/currencies', () => json(CURRENCIES));
    this.on('GET /api/modules', () => json(MODULES));
    this.on('GET /api/v1/templates', () => json(TEMPLATES));
    this.on('GET /api/shops', () => json(SHOPS));
    this.on('GET /api/attention', () => json([]));
    this.on('GET /api/overview', () => json(OVERVIEW));
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
      method: isRequest ? input.method : 'GET',
      path: url.pathname,
      query: url.searchParams,
      body: sent ? JSON.parse(sent) : undefined,
    };
    this.requests.push(request);
    const handler = this.handlers.get(`${request.method} ${request.path}`);
    if (handler) return handler(request);
    if (request.path === '/api/live') {
      const live = new FakeLive(init.signal);
      this.lives.push(live);
      return live.response;
    }
    if (request.path === '/api/live/bots') {
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

export const MODULES: Module[] = [
  module('menu', 'Menu', true, []),
  module('catalogue', 'Catalogue', true, ['menu']),
  module('stars', 'Payment in Stars', true, ['catalogue']),
  module('reviews', 'Reviews', false, ['catalogue']),
];

function module(key: string, title: string, default_on: boolean, requires: string[]): Module {
  return {
    key,
    title: { en: title, ru: `${title} по-русски` },
    summary: { en: `What ${title} does.`, ru: `Что делает ${title}.` },
    default_on,
    requires,
    settings_schema: {},
  };
}

export const TEMPLATES: Template[] = [
  {
    key: 'services',
    title: { en: 'Services', ru: 'Услуги' },
    summary: { en: 'Bookings by request.', ru: 'Запись по заявке.' },
    mode: 'hosted',
    modules: ['catalogue', 'menu'],
  },
  {
    key: 'statistics',
    title: { en: 'Statistics only', ru: 'Только статистика' },
    summary: { en: 'Answers nothing.', ru: 'Ничего не отвечает.' },
    mode: 'observed',
    modules: [],
  },
];

export const TEA: Shop = {
  id: 1,
  name: 'Чайная лавка',
  currency: 'XTR',
  timezone: 'Europe/Moscow',
  retention_days: 365,
  archived_at: null,
  delete_after: null,
  language: 'ru',
  bots: [
    {
      id: 7000000001,
      shop_id: 1,
      username: 'demo_tea_bot',
      title: 'Чай',
      mode: 'hosted',
      state: 'running',
      state_reason: null,
      state_changed_at: '2026-11-23T08:00:00Z',
      token_tail: 'x9Qa',
      photo_id: null,
      modules: ['menu', 'catalogue'],
    },
  ],
};

export const BOOKS: Shop = {
  id: 2,
  name: 'Book Nook',
  currency: 'XTR',
  timezone: 'Europe/Moscow',
  retention_days: 365,
  archived_at: null,
  delete_after: null,
  language: 'en',
  bots: [],
};

export const SHOPS: Shop[] = [TEA, BOOKS];

const HOURS = ['2026-11-23T07:00:00Z', '2026-11-23T08:00:00Z', '2026-11-23T09:00:00Z'];
const series = (...values: (number | null)[]) =>
  values.map((value, index) => ({ at: HOURS[index] as string, value }));

export const OVERVIEW: Overview = {
  as_of: '2026-11-23T09:04:00Z',
  period: 'today',
  timezone: 'Europe/Moscow',
  shops: [1, 2],
  figures: [
    {
      key: 'net_sales',
      kind: 'money',
      currency: 'XTR',
      value: 1250,
      previous: 1000,
      series: series(500, 600, 150),
    },
    {
      key: 'paid_orders',
      kind: 'count',
      currency: null,
      value: 5,
      previous: 4,
      series: series(2, 2, 1),
    },
    { key: 'aov', kind: 'money', currency: 'XTR', value: null, previous: null, series: [] },
    {
      key: 'new_users',
      kind: 'count',
      currency: null,
      value: 12,
      previous: 0,
      series: series(4, 4, 4),
    },
  ],
  funnel: [
    { step: 'started', users: 40 },
    { step: 'order_paid', users: 10 },
  ],
  feed: [
    {
      at: '2026-11-23T09:03:58Z',
      shop_id: 1,
      event: 'order_paid',
      buyer_no: 17,
      amount_minor: 150,
      currency: 'XTR',
      product_title: 'Да Хун Пао',
    },
  ],
  freshness: { last_event_at: '2026-11-23T09:03:58Z', lag_seconds: 1, outbox_waiting: 3 },
};

/** A shop that nobody has come to yet. */
export const NEW_OVERVIEW: Overview = {
  ...OVERVIEW,
  figures: OVERVIEW.figures.map((figure) => ({
    ...figure,
    value: null,
    previous: null,
    series: [],
  })),
  funnel: [],
  feed: [],
  freshness: { last_event_at: null, lag_seconds: null, outbox_waiting: 0 },
};
