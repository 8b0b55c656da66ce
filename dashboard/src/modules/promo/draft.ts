import { amountText, parseAmount } from '../../format/amount';
import { dateTimeFormat } from '../../format/intl';
import type { Kind, PromoCode, PromoDraft } from './queries';

/** A code as it is typed: every field a text, empty where there is no limit. */
export type Typed = {
  code: string;
  kind: Kind;
  share: string;
  amount: string;
  gift: string;
  mostUses: string;
  mostPerBuyer: string;
  least: string;
  starts: string;
  ends: string;
  firstOnly: boolean;
  isTogether: boolean;
  note: string;
};

export type Misfit = Partial<Record<keyof Typed, 'share' | 'amount' | 'count' | 'gift' | 'order'>>;

const BLANK: Typed = {
  code: '',
  kind: 'percent',
  share: '10',
  amount: '',
  gift: '',
  mostUses: '',
  mostPerBuyer: '1',
  least: '',
  starts: '',
  ends: '',
  firstOnly: false,
  isTogether: false,
  note: '',
};

/** A moment on the shop's clock, as an input of date and time holds it. */
export function clockOf(iso: string | null | undefined, timeZone: string): string {
  if (!iso) return '';
  const parts = dateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(iso));
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}`;
}

const moneyOf = (minor: number | null | undefined, currency: string) =>
  minor == null ? '' : amountText(minor, currency);
const countOf = (count: number | null | undefined) => (count == null ? '' : String(count));

export function typedOf(code: PromoCode | undefined, currency: string, timeZone: string): Typed {
  if (!code) return BLANK;
  const own = code.currency ?? currency;
  return {
    code: code.code,
    kind: code.kind,
    share: code.share_bp == null ? '' : String(code.share_bp / 100),
    amount: moneyOf(code.amount_minor, own),
    gift: countOf(code.gift_product_id),
    mostUses: countOf(code.most_uses),
    mostPerBuyer: countOf(code.most_per_buyer),
    least: moneyOf(code.least_minor, own),
    starts: clockOf(code.starts_at, timeZone),
    ends: clockOf(code.ends_at, timeZone),
    firstOnly: code.first_order_only ?? false,
    isTogether: code.is_together ?? false,
    note: code.note ?? '',
  };
}

const COUNT = /^[1-9]\d{0,8}$/;
const SHARE = /^\d{1,3}(?:[.,]\d{1,2})?$/;

/** Hundredths of a per cent of "12,5"; null if it is no share from 0.01 to 100. */
function shareOf(text: string): number | null {
  if (!SHARE.test(text.trim())) return null;
  const bp = Math.round(Number(text.trim().replace(',', '.')) * 100);
  return bp > 0 && bp <= 10_000 ? bp : null;
}

/** What does not fit, by its field. */
export function misfitOf(typed: Typed, currency: string): Misfit {
  const found: Misfit = {};
  if (typed.kind === 'percent' && shareOf(typed.share) === null) found.share = 'share';
  if (typed.kind === 'amount' && !parseAmount(typed.amount, currency)) found.amount = 'amount';
  if (typed.kind === 'goods' && !typed.gift) found.gift = 'gift';
  if (typed.least && !parseAmount(typed.least, currency)) found.least = 'amount';
  if (typed.mostUses && !COUNT.test(typed.mostUses)) found.mostUses = 'count';
  if (typed.mostPerBuyer && !COUNT.test(typed.mostPerBuyer)) found.mostPerBuyer = 'count';
  if (typed.starts && typed.ends && typed.ends <= typed.starts) found.ends = 'order';
  return found;
}

/** As the API takes it; times are by the shop's clock. What the form has no field for stays as it is
 * `before`. */
export function draftOf(typed: Typed, currency: string, before?: PromoCode): PromoDraft {
  const isMoney = typed.kind === 'amount' || typed.least !== '';
  return {
    buyer_no: before?.buyer_no ?? null,
    category_ids: before?.category_ids ?? [],
    product_ids: before?.product_ids ?? [],
    gift_variant_id:
      typed.kind === 'goods' && String(before?.gift_product_id ?? '') === typed.gift
        ? (before?.gift_variant_id ?? null)
        : null,
    code: typed.code.trim(),
    kind: typed.kind,
    share_bp: typed.kind === 'percent' ? shareOf(typed.share) : null,
    amount_minor: typed.kind === 'amount' ? parseAmount(typed.amount, currency) : null,
    currency: isMoney ? currency : null,
    gift_product_id: typed.kind === 'goods' ? Number(typed.gift) : null,
    most_uses: typed.mostUses ? Number(typed.mostUses) : null,
    most_per_buyer: typed.mostPerBuyer ? Number(typed.mostPerBuyer) : null,
    least_minor: typed.least ? parseAmount(typed.least, currency) : null,
    starts_at: typed.starts || null,
    ends_at: typed.ends || null,
    first_order_only: typed.firstOnly,
    is_together: typed.isTogether,
    note: typed.note.trim(),
  };
}
