/** What the API says, by hand until openapi.json is generated from it. Money is in minor units. */

export type Role = 'owner' | 'analyst' | 'viewer';
export type Language = 'ru' | 'en';
export type Translated = Record<Language, string>;

/** `shop_ids` null: every shop. */
export type Me = { role: Role; label: string; shop_ids: number[] | null };

export type Module = {
  key: string;
  title: Translated;
  summary: Translated;
  default_on: boolean;
  requires: string[];
  settings_schema: Record<string, unknown>;
};

/** A kind of shop that a bot can begin as; `modules` are those that it switches on. */
export type Template = {
  key: string;
  title: Translated;
  summary: Translated;
  mode: BotMode;
  modules: string[];
};

export type BotMode = 'hosted' | 'observed';
export type BotState = 'queued' | 'starting' | 'running' | 'failed' | 'stopped';
export type Bot = {
  id: number;
  shop_id: number;
  username: string | null;
  title: string | null;
  mode: BotMode;
  state: BotState;
  state_reason: string | null;
  state_changed_at: string;
  token_tail: string;
  /** Names the version of its photo; null: it has none. */
  photo_id: string | null;
  modules: string[];
};
/** What a person must look at; `reason` is a code. */
export type AttentionItem = {
  kind:
    | 'bot_failed'
    | 'payment_unbooked'
    | 'bot_claimed'
    | 'bill_refused'
    | 'updates_skipped'
    | 'job_failed'
    | 'module_says'
    | 'contact_missing'
    | 'rate_missing'
    | 'access_alert';
  shop_id: number;
  bot_id: number;
  at: string;
  reason: string;
  amount_minor: number | null;
  currency: string | null;
  charge_id: string | null;
  count: number;
  subject: string | null;
  /** Names a notice that may be dismissed. */
  notice_id: number | null;
  /** Names an alert about access. */
  alert_id?: number | null;
  module?: string | null;
  /** A module's own words. */
  title?: Record<Language, string> | null;
  text?: Record<Language, string> | null;
  link?: string | null;
  job_id?: number | null;
  /** A job that comes by the clock cannot be given up. */
  is_periodic?: boolean;
};
/** `secret` is shown this once. */
export type NewWriteKey = { id: number; label: string; secret: string };

export type NewShop = { name: string; currency: string; timezone: string; language: Language };
export type Shop = NewShop & { id: number; bots: Bot[] };
export type Calendar = { timezone: string; currency: string };
/** What a change of the calendar does to history; days from `recount_from` are counted again. */
export type Consequences = Calendar & { recount_from: string; text: Translated };
/** 1 of `currency` is `rate` (a decimal as text) of the shop's own, from the day `valid_from` on. */
export type NewRate = { currency: string; valid_from: string; rate: string };
export type Rate = NewRate & { shop_id: number; base_currency: string };
export type NewBot = { shop_id: number; token: string; contact?: string } & (
  | { mode: BotMode; modules: string[] }
  | { template: string }
);

export type Period = 'today' | '7d' | '30d';
export type FigureKey =
  | 'net_sales'
  | 'paid_orders'
  | 'aov'
  | 'active_buyers'
  | 'new_users'
  | 'active_users'
  | 'starts';
export type SeriesPoint = { at: string; value: number | null };
export type Figure = {
  key: FigureKey;
  kind: 'money' | 'count' | 'ratio';
  /** Set for money: there is one figure per currency. */
  currency: string | null;
  value: number | null;
  previous: number | null;
  series: SeriesPoint[];
};
export type FunnelStep = { step: string; users: number };
export type FeedEvent = {
  at: string;
  shop_id: number;
  event: string;
  buyer_no: number | null;
  amount_minor: number | null;
  currency: string | null;
  product_title: string | null;
};
export type Freshness = {
  last_event_at: string | null;
  /** Age of the oldest event that is not counted yet; 0: none waits. */
  lag_seconds: number | null;
  /** The API stops counting at 10000. */
  outbox_waiting: number;
};
export type Overview = {
  as_of: string;
  period: Period;
  /**
   * Null: the chosen shops are in different time zones. Each then counts by its own clock, and the
   * series' `at` is that clock's reading, as if in UTC.
   */
  timezone: string | null;
  shops: number[];
  figures: Figure[];
  funnel: FunnelStep[];
  feed: FeedEvent[];
  freshness: Freshness;
};

/** Of one currency: what PostgreSQL has less what ClickHouse has. */
export type PaidDifference = { currency: string; orders: number; amount_minor: number };
export type ShopHealth = {
  shop_id: number;
  events: number;
  duplicates: number;
  missing: number;
  dead_letters: number;
  orders_compared: number;
  differences: PaidDifference[];
  wrong_orders: number[];
  counted_twice: string[];
  refunded_beyond: string[];
  waiting: number;
  oldest_waiting_seconds: number | null;
  recording_p95_seconds: number | null;
  sound: boolean;
};
/** One shard of the outbox; `lag_seconds` is the age of its next row. */
export type Shard = {
  shard: number;
  leader: string | null;
  lag_seconds: number;
  waiting: number;
  is_estimate: boolean;
  shipped_rows: number;
  batches: number;
  last_error: string | null;
  last_error_at: string | null;
};
export type Shipping = {
  shards: Shard[];
  blocked_by: { pid: number; application: string; seconds: number } | null;
};
/** `shipping` is the whole platform's: null for those who see some shops only. */
export type DataHealth = {
  checked_at: string;
  days: number;
  sound: boolean;
  shops: ShopHealth[];
  shipping: Shipping | null;
};

export type TableSize = {
  store: 'clickhouse' | 'postgresql';
  table: string;
  rows: number;
  bytes: number;
};
export type ShopSize = {
  shop_id: number;
  retention_days: number;
  events: number;
  bytes: number;
  bytes_an_event: number | null;
  events_a_day: number;
  bytes_in_30_days: number;
  bytes_at_most: number;
};
/** `tables` are the whole platform's: empty for those who see some shops only. */
export type Storage = {
  measured_at: string;
  rate_days: number;
  shops: ShopSize[];
  tables: TableSize[];
};

/** RFC 9457; `code` is what the panel translates. */
export type Problem = {
  type?: string;
  title?: string;
  status: number;
  detail?: string;
  code?: string;
  /** Of a malformed request: the parts that do not fit, like `body.timezone`. */
  errors?: { field: string; message: string }[];
  /** Of `confirmation_needed`: what the owner was asked in his chat with the bot. */
  confirmation?: { id: string; expires_at: string };
};
