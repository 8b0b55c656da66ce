import type {
  AttentionItem,
  Bot,
  Calendar,
  Consequences,
  DataHealth,
  Me,
  Module,
  NewBot,
  NewRate,
  NewShop,
  NewWriteKey,
  Overview,
  Period,
  Problem,
  Rate,
  Shop,
  Storage,
  Template,
} from './contract';

/** An answer that was not 2xx, or none at all (`code` is then `network`, `status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** Names of the request's fields that were refused: `timezone`. */
  readonly fields: string[];
  /** What the owner was asked to confirm. */
  readonly confirmation: string | undefined;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title ?? `HTTP ${problem.status}`);
    this.name = 'ApiError';
    this.status = problem.status;
    this.code = problem.code ?? `http_${problem.status}`;
    this.confirmation = problem.confirmation?.id;
    this.fields = (problem.errors ?? []).map(({ field }) => field.replace(/^body\./, ''));
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const isJson = response.headers.get('content-type')?.includes('json');
  const body: unknown = isJson ? await response.json().catch(() => null) : null;
  const fields = typeof body === 'object' && body !== null ? (body as Partial<Problem>) : {};
  return {
    status: response.status,
    title: typeof fields.title === 'string' ? fields.title : undefined,
    detail: typeof fields.detail === 'string' ? fields.detail : undefined,
    code: typeof fields.code === 'string' ? fields.code : undefined,
    errors: Array.isArray(fields.errors) ? fields.errors : undefined,
    confirmation: typeof fields.confirmation?.id === 'string' ? fields.confirmation : undefined,
  };
}

/** Of requests that wait for the owner's button, by what they say: the same one, made again, goes
 * through once it is confirmed. */
const waiting = new Map<string, string>();

/** Raises ApiError. A 204 gives undefined. */
async function call<T>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  { body, signal }: { body?: unknown; signal?: AbortSignal } = {},
): Promise<T> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const said = `${method} ${path} ${text ?? ''}`;
  const confirmation = waiting.get(said);
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      signal,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...(confirmation === undefined ? {} : { confirmation }),
      },
      body: text,
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError({ status: 0, code: 'network', detail: String(cause) });
  }
  waiting.delete(said);
  if (!response.ok) {
    const error = new ApiError(await problemOf(response));
    if (error.confirmation !== undefined) waiting.set(said, error.confirmation);
    throw error;
  }
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** `shops` empty: every shop the link may see. */
export type View = { shops: number[]; period: Period };

function viewQuery({ shops, period }: View): string {
  const chosen = shops.length ? `shops=${shops.join(',')}&` : '';
  return `${chosen}period=${period}`;
}

export const liveUrl = (view: View) => `/api/live?${viewQuery(view)}`;

/** Pushes when the state of a bot has changed, or what its owner must know. */
export const BOTS_LIVE_URL = '/api/live/bots';

export const photoUrl = ({ id, photo_id }: Bot) => `/api/bots/${id}/photo?v=${photo_id}`;

export type Dataset = 'orders' | 'kpi_day';
export type ExportFormat = 'csv' | 'parquet';

/** The address of a download; both days are included. */
export function exportUrl(
  dataset: Dataset,
  format: ExportFormat,
  range: { shops: number[]; from: string; to: string },
): string {
  const chosen = range.shops.length ? `shops=${range.shops.join(',')}&` : '';
  return `/api/exports/${dataset}.${format}?${chosen}from=${range.from}&to=${range.to}`;
}

export const api = {
  enter: (token: string) => call<void>('POST', '/api/enter', { body: { token } }),
  leave: () => call<void>('POST', '/api/leave'),
  me: (signal?: AbortSignal) => call<Me>('GET', '/api/me', { signal }),
  currencies: (signal?: AbortSignal) =>
    call<Record<string, number>>('GET', '/api/currencies', { signal }),
  templates: (signal?: AbortSignal) => call<Template[]>('GET', '/api/v1/templates', { signal }),
  modules: (signal?: AbortSignal) => call<Module[]>('GET', '/api/modules', { signal }),
  shops: (signal?: AbortSignal) => call<Shop[]>('GET', '/api/shops', { signal }),
  createShop: (shop: NewShop) => call<Shop>('POST', '/api/shops', { body: shop }),
  connectBot: (bot: NewBot) => call<Bot>('POST', '/api/bots', { body: bot }),
  replaceToken: (bot: number, token: string) =>
    call<Bot>('PUT', `/api/bots/${bot}/token`, { body: { token } }),
  removeBot: (bot: number) => call<void>('DELETE', `/api/bots/${bot}`),
  attention: (signal?: AbortSignal) => call<AttentionItem[]>('GET', '/api/attention', { signal }),
  dismissClaim: (bot: number) => call<void>('DELETE', `/api/attention/claims/${bot}`),
  dismissNotice: (bot: number, notice: number) =>
    call<void>('DELETE', `/api/attention/notices/${bot}/${notice}`),
  tryJobAgain: (bot: number, job: number) =>
    call<void>('POST', `/api/attention/jobs/${bot}/${job}/retry`),
  giveJobUp: (bot: number, job: number) =>
    call<void>('DELETE', `/api/attention/jobs/${bot}/${job}`),
  previewCalendar: (shop: number, wanted: Calendar) =>
    call<Consequences>('POST', `/api/shops/${shop}/calendar/preview`, { body: wanted }),
  changeCalendar: (shop: number, wanted: Calendar & { recount_from: string }) =>
    call<Shop>('PUT', `/api/shops/${shop}/calendar`, { body: wanted }),
  rates: (shop: number, signal?: AbortSignal) =>
    call<Rate[]>('GET', `/api/shops/${shop}/rates`, { signal }),
  setRate: (shop: number, rate: NewRate) =>
    call<Rate[]>('PUT', `/api/shops/${shop}/rates`, { body: rate }),
  dropRate: (shop: number, currency: string, from: string) =>
    call<Rate[]>('DELETE', `/api/shops/${shop}/rates/${currency}/${from}`),
  createWriteKey: (shop: number, label: string) =>
    call<NewWriteKey>('POST', `/api/shops/${shop}/write-keys`, { body: { label } }),
  dataHealth: (signal?: AbortSignal) => call<DataHealth>('GET', '/api/data-health', { signal }),
  storage: (signal?: AbortSignal) => call<Storage>('GET', '/api/storage', { signal }),
  setRetention: (shop: number, days: number) =>
    call<Shop>('PUT', `/api/shops/${shop}/retention`, { body: { days } }),
  overview: (view: View, signal?: AbortSignal) =>
    call<Overview>('GET', `/api/overview?${viewQuery(view)}`, { signal }),
};
