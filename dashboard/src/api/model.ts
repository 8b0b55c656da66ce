import type { components } from './schema';

/** The API's own models, by the names that the panel uses for them. Money is in minor units. */
type Schemas = components['schemas'];
type Filled<T> = { [K in keyof T]-?: Exclude<T[K], undefined> };

export type Me = Schemas['Me'];
export type Role = Me['role'];
export type Language = Shop['language'];
export type Translated = Schemas['Translated'];
export type Module = Schemas['ModuleView'];
export type Template = Schemas['TemplateView'];

export type Bot = Schemas['Bot'];
export type BotMode = Bot['mode'];
export type BotState = Bot['state'];
export type BotPreview = Schemas['BotPreview'];
export type NewBot = Schemas['BotDraft'];
export type NewWriteKey = Schemas['NewWriteKey'];
export type Shop = Schemas['ShopView'];
/** With everything said that the API would choose by itself. */
export type NewShop = Filled<Schemas['ShopDraft']>;
export type NewRate = Schemas['Rate'];
export type Rate = Schemas['ShopRate'];
export type Status = Schemas['Status'];
export type AttentionItem = Schemas['AttentionItem'];

export type Overview = Schemas['Overview'];
export type Period = Overview['period'];
export type Figure = Schemas['Figure'];
export type FigureKey = Figure['key'];
export type FunnelStep = Schemas['FunnelStep'];
export type FeedEvent = Schemas['FeedItem'];
export type Freshness = Schemas['Freshness'];

export type DataHealth = Schemas['DataHealth'];
export type ShopHealth = Schemas['ShopHealth'];
export type Shipping = Schemas['Shipping'];
export type Shard = Schemas['ShardStatus'];
export type Storage = Schemas['Storage'];
export type TableSize = Schemas['TableSize'];

/** RFC 9457; `code` is what the panel translates. */
export type Problem = Schemas['Problem'];
