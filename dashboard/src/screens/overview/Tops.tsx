import { Card } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { formatMoney } from '../../format/money';
import { formatDays } from '../../format/time';
import { useLanguage } from '../../i18n';
import layout from '../../ui/layout.module.css';
import { Loaded } from '../../ui/page/Loaded';
import text from '../../ui/text.module.css';
import { ScreenLink } from '../../view/ScreenLink';
import type { DayRange, View } from '../../view/view';
import styles from './overview.module.css';
import { type Top, topDaysOf, topLinksQuery, topProductsQuery, topsOf } from './tops';

type Props = { view: View; zone: string; now: Date };

/** What sells, and which links bring the buyers; each leads to its own screen. */
export function Tops({ view, zone, now }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { days, closed } = topDaysOf(view, zone, now);
  const products = topProductsQuery(view.shops, closed, language);
  const links = topLinksQuery(view.shops, days, language);
  return (
    <div className={layout.columns}>
      <TopList
        name="products"
        query={products}
        days={closed}
        placeOf={({ key }) => ({ to: '/catalogue', search: { product: Number(key) } })}
        labelOf={({ key, label }) => label ?? t('tops.product', { number: key })}
      />
      <TopList
        name="links"
        query={links}
        days={days}
        placeOf={({ label }) => ({ to: '/customers', search: label ? { source: label } : {} })}
        labelOf={({ label }) => label ?? t('tops.direct')}
      />
    </div>
  );
}

type ListProps = {
  name: 'products' | 'links';
  query: ReturnType<typeof topLinksQuery>;
  days: DayRange;
  placeOf: (top: Top) => { to: string; search: Record<string, unknown> };
  labelOf: (top: Top) => string;
};

function TopList({ name, query, days, placeOf, labelOf }: ListProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const answer = useQuery({ ...query, placeholderData: keepPreviousData });
  return (
    <Card withBorder component="section" aria-labelledby={`tops-${name}`}>
      <h2 className={text.h2} id={`tops-${name}`}>
        {t(`tops.${name}`)}
      </h2>
      <p className={text.note}>{t('tops.by', { days: formatDays(days, language) })}</p>
      <Loaded query={answer} height={224}>
        {(data) => {
          const tops = topsOf(data);
          return tops.length === 0 ? (
            <p className={text.empty}>{t(`tops.${name}None`)}</p>
          ) : (
            <ol className={styles.tops}>
              {tops.map((top) => (
                <li key={`${top.key} ${top.currency}`}>
                  <ScreenLink {...placeOf(top)} className={text.link}>
                    {labelOf(top)}
                  </ScreenLink>
                  <span>{formatMoney(top.value, top.currency, language)}</span>
                </li>
              ))}
            </ol>
          );
        }}
      </Loaded>
    </Card>
  );
}
