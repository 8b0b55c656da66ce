import { NativeSelect } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Rate, Shop } from '../../api/model';
import { shopsQuery } from '../../api/queries';
import { numberFormat } from '../../format/intl';
import { currencyName } from '../../format/money';
import { deviceTimeZone, formatDays } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Formulas } from '../../parts/figures/Formulas';
import { VariantSwitch } from '../../parts/figures/VariantSwitch';
import { LinkButton } from '../../ui/LinkButton';
import layout from '../../ui/layout.module.css';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { Page } from '../../ui/page/Page';
import { DataTable } from '../../ui/table/DataTable';
import { Filters } from '../../ui/table/Filters';
import text from '../../ui/text.module.css';
import { useNow } from '../../view/useNow';
import { useScreenSearch } from '../../view/useScreenSearch';
import { useView } from '../../view/useView';
import { daysOf } from '../../view/view';
import { type ShopFigures, useColumns } from './columns';
import { METRICS } from './metrics';
import { exchangeOf, figuresQuery, MOST_SHOPS, ratesQuery } from './queries';
import { parseCompareSearch } from './search';

/** Two shops or more side by side, and what each is of the whole. */
export function ComparePage() {
  const { t } = useTranslation();
  const { view } = useView();
  const shops = useQuery(shopsQuery);
  const inView = shops.data?.filter(({ id }) => !view.shops.length || view.shops.includes(id));
  return (
    <Page title={t('compareShops.title')}>
      <Loaded query={shops} height={320}>
        {() =>
          (inView?.length ?? 0) > 1 ? (
            <Comparison shops={(inView ?? []).slice(0, MOST_SHOPS)} all={inView?.length ?? 0} />
          ) : (
            <Empty title={t('compareShops.none')} what={t('compareShops.noneWhat')}>
              <LinkButton to="/compare" search={{ shops: undefined }}>
                {t('compareShops.every')}
              </LinkButton>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}

function Comparison({ shops, all }: { shops: Shop[]; all: number }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { view } = useView();
  const [search, change] = useScreenSearch(parseCompareSearch);
  const now = useNow();
  const currencies = [...new Set(shops.map(({ currency }) => currency))];
  const target =
    currencies.find((each) => each === search.currency) ?? currencies[0] ?? ('XTR' as string);
  const days = daysOf(view, shops[0]?.timezone ?? deviceTimeZone(), now);
  const figures = useQueries({
    queries: shops.map((shop) => figuresQuery(shop, view, now, search.clean ?? false, language)),
  });
  const rates = useRates(shops);
  const rows = shops.map(
    (shop, index): ShopFigures => ({
      shop,
      answer: figures[index]?.data,
      error: figures[index]?.error ?? null,
      exchange: exchangeOf(rates, shop.currency, target, days.to),
    }),
  );
  const columns = useColumns(rows, target);
  const asOf = Math.max(...figures.map(({ dataUpdatedAt }) => dataUpdatedAt));
  return (
    <div className={layout.stack}>
      <Filters>
        {currencies.length > 1 && (
          <NativeSelect
            size="md"
            aria-label={t('compareShops.currency')}
            value={target}
            data={currencies.map((value) => ({
              value,
              label: t('compareShops.inCurrency', { currency: currencyName(value) }),
            }))}
            onChange={({ currentTarget }) => change({ currency: currentTarget.value })}
          />
        )}
        <VariantSwitch isClean={search.clean ?? false} onChange={(clean) => change({ clean })} />
      </Filters>
      <p className={text.note}>{formatDays(days, language)}</p>
      {all > shops.length && (
        <p role="status">{t('compareShops.tooMany', { count: MOST_SHOPS })}</p>
      )}
      <DataTable
        label={t('compareShops.title')}
        columns={columns}
        rows={rows}
        keyOf={({ shop }) => shop.id}
        asOf={asOf || undefined}
        empty={null}
      />
      <RatesLine rows={rows} target={target} />
      <Formulas
        metrics={METRICS}
        asOf={asOf || undefined}
        note={t('compareShops.ownClocks')}
        rows={{ table: 'shop_kpi_day', ...days, shops: shops.map(({ id }) => id) }}
      />
    </div>
  );
}

function useRates(shops: readonly Shop[]): Rate[] {
  const isNeeded = new Set(shops.map(({ currency }) => currency)).size > 1;
  const found = useQueries({
    queries: shops.map(({ id }) => ({ ...ratesQuery(id), enabled: isNeeded })),
  });
  return found.flatMap(({ data }) => data ?? []);
}

/** By which rate what was converted, and what is missing. */
function RatesLine({ rows, target }: { rows: readonly ShopFigures[]; target: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const others = [...new Map(rows.map((row) => [row.shop.currency, row.exchange]))].filter(
    ([currency]) => currency !== target,
  );
  if (others.length === 0) return null;
  const number = numberFormat(language, { maximumSignificantDigits: 6 });
  return (
    <ul className={text.note}>
      {others.map(([currency, exchange]) => (
        <li key={currency}>
          {exchange
            ? t('compareShops.rate', {
                from: currencyName(currency),
                rate: number.format(exchange.rate),
                to: currencyName(target),
                day: exchange.validFrom
                  ? formatDays({ from: exchange.validFrom, to: exchange.validFrom }, language)
                  : '',
              })
            : t('compareShops.noRate', {
                from: currencyName(currency),
                to: currencyName(target),
              })}
        </li>
      ))}
    </ul>
  );
}
