import { Alert, Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client';
import type { Shop } from '../../api/contract';
import { useLanguage } from '../../i18n';
import { useProblemText } from '../../ui/problem';
import { CurrencySelect, ZoneSelect } from './ShopSelects';

/** A shop's time zone and currency: what a change does to history is read first, then confirmed. */
export function ShopCalendar({ shop, onDone }: { shop: Shop; onDone: () => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const problemText = useProblemText();
  const queries = useQueryClient();
  const [wanted, setWanted] = useState({ timezone: shop.timezone, currency: shop.currency });
  const preview = useMutation({ mutationFn: () => api.previewCalendar(shop.id, wanted) });
  const change = useMutation({
    mutationFn: (recount_from: string) => api.changeCalendar(shop.id, { ...wanted, recount_from }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      onDone();
    },
  });
  const choose = (value: Partial<typeof wanted>) => {
    setWanted({ ...wanted, ...value });
    preview.reset();
    change.reset();
  };
  const isSame = wanted.timezone === shop.timezone && wanted.currency === shop.currency;
  const problem = preview.error ?? change.error;
  return (
    <section className="bot-form" aria-label={t('calendar.title')}>
      <ZoneSelect
        label={t('newShop.timezone')}
        description={t('newShop.timezoneWhat')}
        value={wanted.timezone}
        onChange={(timezone) => choose({ timezone })}
      />
      <CurrencySelect
        label={t('newShop.currency')}
        description={t('newShop.currencyWhat')}
        value={wanted.currency}
        onChange={(currency) => choose({ currency })}
      />
      {problem && (
        <Alert role="alert" color="red" className="notice">
          {problemText(problem)}
        </Alert>
      )}
      {preview.data && (
        <Alert color="yellow" className="notice" title={t('calendar.consequences')} role="status">
          {preview.data.text[language]}
        </Alert>
      )}
      <div className="actions">
        {preview.data ? (
          <Button
            size="xs"
            color="red"
            loading={change.isPending}
            onClick={() => change.mutate(preview.data.recount_from)}
          >
            {t('calendar.confirm')}
          </Button>
        ) : (
          <Button
            size="xs"
            disabled={isSame}
            loading={preview.isPending}
            onClick={() => preview.mutate()}
          >
            {t('calendar.preview')}
          </Button>
        )}
        <Button size="xs" variant="default" onClick={onDone}>
          {t('bot.cancel')}
        </Button>
      </div>
    </section>
  );
}
