import { Card } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Storage } from '../../api/model';
import { formatBytes } from '../../format/bytes';
import { formatCount, NONE } from '../../format/money';
import { useLanguage } from '../../i18n';
import { ScrollTable } from '../../ui/table/ScrollTable';
import text from '../../ui/text.module.css';
import { RetentionSelect } from './RetentionSelect';

type Props = { storage: Storage; nameOf: (shop: number) => string; canChange: boolean };

/** What each shop's events take, and what they grow to at the present rate. */
export function StorageCard({ storage, nameOf, canChange }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const bytes = (value: number) => formatBytes(value, language);
  // Before the first whole day there is no rate to go by.
  const forecast = (aDay: number, value: number) => (aDay ? bytes(value) : NONE);
  return (
    <Card withBorder component="section" aria-labelledby="data-storage">
      <h2 className={text.h2} id="data-storage">
        {t('data.storage')}
      </h2>
      <p className={text.note}>{t('data.storageWhat', { count: storage.rate_days })}</p>
      <ScrollTable label={t('data.tableOf', { what: t('data.storage') })}>
        <thead>
          <tr>
            <th scope="col">{t('data.shop')}</th>
            <th scope="col">{t('data.events')}</th>
            <th scope="col">{t('data.size')}</th>
            <th scope="col">{t('data.bytesAnEvent')}</th>
            <th scope="col">{t('data.eventsADay')}</th>
            <th scope="col">{t('data.in30Days')}</th>
            <th scope="col">{t('data.atMost')}</th>
            <th scope="col">{t('data.kept')}</th>
          </tr>
        </thead>
        <tbody>
          {storage.shops.map((shop) => (
            <tr key={shop.shop_id}>
              <th scope="row">{nameOf(shop.shop_id)}</th>
              <td>{formatCount(shop.events, language)}</td>
              <td>{bytes(shop.bytes)}</td>
              <td>
                {shop.bytes_an_event === null
                  ? NONE
                  : shop.bytes_an_event.toLocaleString(language, { maximumFractionDigits: 1 })}
              </td>
              <td>{formatCount(Math.round(shop.events_a_day), language)}</td>
              <td>{forecast(shop.events_a_day, shop.bytes_in_30_days)}</td>
              <td>{forecast(shop.events_a_day, shop.bytes_at_most)}</td>
              <td>
                <RetentionSelect
                  shop={shop.shop_id}
                  name={nameOf(shop.shop_id)}
                  days={shop.retention_days}
                  canChange={canChange}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
    </Card>
  );
}
