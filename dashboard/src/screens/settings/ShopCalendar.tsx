import { Alert, Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { isUnreachable } from '../../api/errors';
import type { Shop } from '../../api/model';
import { shopsQuery } from '../../api/queries';
import { useLanguage } from '../../i18n';
import bots from '../../parts/bots/bots.module.css';
import { CurrencySelect, ZoneSelect } from '../../parts/bots/ShopSelects';
import layout from '../../ui/layout.module.css';
import { useProblemText } from '../../ui/problem';
import text from '../../ui/text.module.css';

/** A shop's time zone and currency: what a change does to history is read first, then confirmed. */
export function ShopCalendar({ shop, onDone }: { shop: Shop; onDone: () => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const problemText = useProblemText();
  const queries = useQueryClient();
  const [wanted, setWanted] = useState({ timezone: shop.timezone, currency: shop.currency });
  const params = { path: { shop_id: shop.id } };
  const preview = useMutation({
    // Of the shop as it is now; what is confirmed later is a change of that.
    mutationFn: (_seen: string) =>
      send('post', '/api/v1/shops/{shop_id}/calendar/preview', { params, body: wanted }),
  });
  const change = useMutation({
    mutationFn: (recount_from: string) =>
      send('put', '/api/v1/shops/{shop_id}/calendar', {
        params: { ...params, header: { 'if-match': `"${preview.variables}"` } },
        body: { ...wanted, recount_from },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      onDone();
    },
    onError: async (error) => {
      if (isUnreachable(error)) return;
      // What was read of the consequences is not so any more.
      await queries.invalidateQueries({ queryKey: shopsQuery.queryKey });
      preview.reset();
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
    <section className={bots.form} aria-label={t('calendar.title')}>
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
        <Alert role="alert" color="red" className={text.notice}>
          {problemText(problem)}
        </Alert>
      )}
      {preview.data && (
        <Alert
          color="yellow"
          className={text.notice}
          title={t('calendar.consequences')}
          role="status"
        >
          {preview.data.text[language]}
        </Alert>
      )}
      <div className={layout.actions}>
        {preview.data ? (
          <Button
            size="md"
            color="red"
            loading={change.isPending}
            onClick={() => change.mutate(preview.data.recount_from)}
          >
            {t('calendar.confirm')}
          </Button>
        ) : (
          <Button
            size="md"
            disabled={isSame}
            loading={preview.isPending}
            onClick={() => {
              change.reset();
              preview.mutate(shop.version);
            }}
          >
            {t('calendar.preview')}
          </Button>
        )}
        <Button size="md" variant="default" onClick={onDone}>
          {t('bot.cancel')}
        </Button>
      </div>
    </section>
  );
}
