import { useTranslation } from 'react-i18next';
import { formatMoney } from '../../format/money';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import type { Happening, OrderView } from './queries';
import { useOrderWords } from './words';

/** What happened to the order, the first thing first. */
export function OrderHistory({ view, timeZone }: { view: OrderView; timeZone: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = useOrderWords();
  const moment = dateFormat(language, { timeZone, dateStyle: 'medium', timeStyle: 'short' });
  const detailOf = ({ what, text: said }: Happening) => {
    if (!said) return '';
    if (what === 'staff') return words.deedOf(said);
    if (what === 'held') return words.troubleOf(said);
    return what === 'paid' || what === 'refunded' ? words.methodOf(said) : said;
  };
  return (
    <section aria-label={t('orders.history')}>
      <h3 className={text.h2}>{t('orders.history')}</h3>
      <ol className={record.timeline}>
        {view.timeline.map((each, index) => {
          const { at, what, by, amount_minor } = each;
          const parts = [
            detailOf(each),
            amount_minor == null ? '' : formatMoney(amount_minor, view.order.currency, language),
            by,
          ];
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: what happened never changes its place
            <li key={index}>
              <b>{t(`orders.happened.${what}`)}</b>
              {parts.filter(Boolean).length > 0 && ` · ${parts.filter(Boolean).join(' · ')}`}
              <div className={text.note}>
                <time dateTime={at}>{moment.format(new Date(at))}</time>
              </div>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
