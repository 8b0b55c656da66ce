import { Card } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { shopsQuery } from '../../api/queries';
import { formatMoney } from '../../format/money';
import { formatDays } from '../../format/time';
import { useLanguage } from '../../i18n';
import { useSourceName } from '../../parts/sources/useSourceName';
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
  const sourceName = useSourceName();
  const { days, closed } = topDaysOf(view, zone, now);
  const products = topProductsQuery(view.shops, closed, language);
  const links = topLinksQuery(view.shops, days, language);
  // Ids and codes are a shop's own: of several shops nobody knows whose.
  const shop = useOnlyShop(view);
  return (
    <div className={layout.columns}>
      <TopList
        name="products"
        query={products}
        days={closed}
        placeOf={({ key }) =>
          shop ? { to: '/catalogue', search: { shop, product: Number(key) } } : undefined
        }
        labelOf={({ key, label }) => label ?? t('tops.product', { number: key })}
      />
      <TopList
        name="links"
        query={links}
        days={days}
        placeOf={({ label }) =>
          shop && label ? { to: '/customers', search: { shop, source: label } } : undefined
        }
        labelOf={({ label }) => (label ? sourceName(label) : t('tops.direct'))}
      />
    </div>
  );
}

/** The id of the one shop that is looked at. */
function useOnlyShop({ shops }: View): number | undefined {
  const { data: all = [] } = useQuery(shopsQuery);
  const seen = shops.length > 0 ? shops : all.map(({ id }) => id);
  return seen.length === 1 ? seen[0] : undefined;
}

type Place = { to: string; search: Record<string, unknown> };

type ListProps = {
  name: 'products' | 'links';
  query: ReturnType<typeof topLinksQuery>;
  days: DayRange;
  placeOf: (top: Top) => Place | undefined;
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
              {tops.map((top) => {
                const place = placeOf(top);
                return (
                  <li key={`${top.key} ${top.currency}`}>
                    {place ? (
                      <ScreenLink {...place} className={text.link}>
                        {labelOf(top)}
                      </ScreenLink>
                    ) : (
                      <span>{labelOf(top)}</span>
                    )}
                    <span>{formatMoney(top.value, top.currency, language)}</span>
                  </li>
                );
              })}
            </ol>
          );
        }}
      </Loaded>
    </Card>
  );
}
