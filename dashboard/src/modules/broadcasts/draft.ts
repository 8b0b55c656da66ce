import type { Audience, Draft } from './queries';

export type Bought = 'any' | 'yes' | 'no';
export type LeadsTo = 'nothing' | 'home' | 'product' | 'page';

/** A broadcast as it is typed. */
export type Typed = {
  title: string;
  texts: { ru: string; en: string }[];
  leadsTo: LeadsTo;
  labelRu: string;
  labelEn: string;
  product: string;
  url: string;
  bought: Bought;
  segments: string[];
  groups: string[];
  languages: string;
  sources: string;
  seenDays: string;
  unseenDays: string;
};

export type Misfit = Partial<Record<keyof Typed, 'needed' | 'days' | 'url'>>;

export const SEGMENTS = ['champions', 'loyal', 'promising', 'at_risk', 'sleeping', 'lost'] as const;

export type Segment = (typeof SEGMENTS)[number];

export const BLANK_TEXT = { ru: '', en: '' };

export function typedOf(draft: Draft | undefined): Typed {
  const { leads, audience } = draft ?? {};
  return {
    title: draft?.title ?? '',
    texts: (draft?.texts ?? [BLANK_TEXT]).map(({ ru, en }) => ({ ru: ru ?? '', en: en ?? '' })),
    leadsTo: leads?.to ?? 'home',
    labelRu: leads?.label?.ru ?? 'Открыть магазин',
    labelEn: leads?.label?.en ?? 'Open the shop',
    product: leads?.product_id == null ? '' : String(leads.product_id),
    url: leads?.url ?? '',
    bought: audience?.bought == null ? 'any' : audience.bought ? 'yes' : 'no',
    segments: [...(audience?.segments ?? [])],
    groups: [...(audience?.groups ?? [])],
    languages: (audience?.languages ?? []).join(', '),
    sources: (audience?.sources ?? []).join(', '),
    seenDays: audience?.seen_days == null ? '' : String(audience.seen_days),
    unseenDays: audience?.unseen_days == null ? '' : String(audience.unseen_days),
  };
}

const DAYS = /^[1-9]\d{0,3}$/;
const listOf = (words: string) => words.split(/[\s,;]+/).filter(Boolean);
const daysOf = (text: string) => (DAYS.test(text.trim()) ? Number(text.trim()) : null);

/** What does not fit, by its field. */
export function misfitOf(typed: Typed): Misfit {
  const found: Misfit = {};
  if (!typed.title.trim()) found.title = 'needed';
  if (typed.texts.some(({ ru, en }) => !ru.trim() && !en.trim())) found.texts = 'needed';
  if (typed.leadsTo !== 'nothing' && !typed.labelRu.trim() && !typed.labelEn.trim())
    found.labelRu = 'needed';
  if (typed.leadsTo === 'product' && !typed.product) found.product = 'needed';
  if (typed.leadsTo === 'page' && !/^https:\/\/\S+$/.test(typed.url.trim())) found.url = 'url';
  for (const key of ['seenDays', 'unseenDays'] as const)
    if (typed[key].trim() && daysOf(typed[key]) === null) found[key] = 'days';
  return found;
}

export function audienceOf(typed: Typed, before?: Audience): Audience {
  return {
    bought: typed.bought === 'any' ? null : typed.bought === 'yes',
    // The form has no field for it: what was there stays.
    products: before?.products ?? [],
    segments: typed.segments as Segment[],
    groups: typed.groups,
    languages: listOf(typed.languages.toLowerCase()),
    sources: listOf(typed.sources),
    seen_days: daysOf(typed.seenDays),
    unseen_days: daysOf(typed.unseenDays),
  };
}

export function draftOf(typed: Typed, before?: Draft): Draft {
  return {
    title: typed.title.trim(),
    texts: typed.texts,
    leads: {
      to: typed.leadsTo,
      label: { ru: typed.labelRu, en: typed.labelEn },
      product_id: typed.leadsTo === 'product' ? Number(typed.product) : null,
      url: typed.leadsTo === 'page' ? typed.url.trim() : '',
    },
    audience: audienceOf(typed, before?.audience),
  };
}
