import { Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import { ORDER, type OrderView } from './queries';
import { useOrderChange } from './useOrderChange';

/** The staff's own words; the shopper never sees them. */
export function Note({ view: { order, note } }: { view: OrderView }) {
  const { t } = useTranslation();
  const [words, setWords] = useState(note);
  const path = { bot_id: order.bot_id, order_id: order.id };
  const save = useOrderChange(() =>
    send('put', `${ORDER}/note`, { params: { path }, body: { note: words } }),
  );
  return (
    <div className={record.form}>
      <Textarea
        size="md"
        label={t('orders.note')}
        description={t('orders.noteWhat')}
        autosize
        minRows={2}
        maxLength={2000}
        value={words}
        onChange={({ currentTarget }) => setWords(currentTarget.value)}
      />
      <Refused error={save.error} />
      {words !== note && (
        <div className={record.buttons}>
          <Button size="md" loading={save.isPending} onClick={() => save.mutate()}>
            {t('orders.saveNote')}
          </Button>
          <Button size="md" variant="default" onClick={() => setWords(note)}>
            {t('cancel')}
          </Button>
        </div>
      )}
    </div>
  );
}
