import { Card } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Shard, Shipping } from '../../api/model';
import { formatCount, NONE } from '../../format/money';
import { formatClock, formatSpan } from '../../format/time';
import { useLanguage } from '../../i18n';
import { ScrollTable } from '../../ui/table/ScrollTable';
import text from '../../ui/text.module.css';

type Props = { shipping: Shipping; checkedAt: string };

/** A writing transaction that runs for longer than this holds the figures back. */
const SLOW_SECONDS = 30;

/** How the events of the whole platform get to where they are counted. */
export function ShippingCard({ shipping, checkedAt }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const rates = useRates(shipping.shards, checkedAt);
  const blocking = shipping.blocked_by;
  return (
    <Card withBorder component="section" aria-labelledby="data-shipping">
      <h2 className={text.h2} id="data-shipping">
        {t('data.shipping')}
      </h2>
      <p className={text.note}>{t('data.shippingWhat')}</p>
      {blocking && blocking.seconds > SLOW_SECONDS && (
        <p className={text.error} role="alert">
          {t('data.blocking', {
            who: blocking.application || blocking.pid,
            span: formatSpan(blocking.seconds, language),
          })}
        </p>
      )}
      <ScrollTable label={t('data.tableOf', { what: t('data.shipping') })}>
        <thead>
          <tr>
            <th scope="col">{t('data.shard')}</th>
            <th scope="col">{t('data.onTheWay')}</th>
            <th scope="col">{t('data.lag')}</th>
            <th scope="col">{t('data.rate')}</th>
            <th scope="col">{t('data.batch')}</th>
            <th scope="col">{t('data.leader')}</th>
            <th scope="col">{t('data.lastError')}</th>
          </tr>
        </thead>
        <tbody>
          {shipping.shards.map((shard) => (
            <tr key={shard.shard}>
              <th scope="row">{shard.shard}</th>
              <td>
                {shard.is_estimate && '≈ '}
                {formatCount(shard.waiting, language)}
              </td>
              <td>{shard.waiting ? formatSpan(shard.lag_seconds, language) : NONE}</td>
              <td>{formatCount(rates.get(shard.shard) ?? null, language)}</td>
              <td>
                {formatCount(
                  shard.batches ? Math.round(shard.shipped_rows / shard.batches) : null,
                  language,
                )}
              </td>
              <td className={shard.leader ? undefined : text.down}>
                {shard.leader?.replace(/^vitrina-shipper\s*/, '') ?? t('data.nobody')}
              </td>
              <td>
                {shard.last_error && shard.last_error_at
                  ? `${formatClock(shard.last_error_at, language)}: ${shard.last_error}`
                  : NONE}
              </td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
    </Card>
  );
}

/** Rows a second of each shard since the answer before this one; none after the first. */
function useRates(shards: Shard[], checkedAt: string): Map<number, number> {
  const before = useRef<{ at: number; rows: Map<number, number> } | null>(null);
  const [rates, setRates] = useState(new Map<number, number>());
  useEffect(() => {
    const at = Date.parse(checkedAt) / 1000;
    const rows = new Map(shards.map(({ shard, shipped_rows }) => [shard, shipped_rows]));
    const last = before.current;
    before.current = { at, rows };
    if (!last || at <= last.at) return;
    setRates(
      new Map(
        [...rows].map(([shard, count]) => [
          shard,
          Math.round((count - (last.rows.get(shard) ?? count)) / (at - last.at)),
        ]),
      ),
    );
  }, [shards, checkedAt]);
  return rates;
}
