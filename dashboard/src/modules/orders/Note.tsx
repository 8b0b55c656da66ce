import { Button, Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { isConflict } from '../../api/errors';
import { Conflict } from '../../ui/form/Conflict';
import { useDraft } from '../../ui/form/useDraft';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import { ORDER, type OrderView } from './queries';
import { useOrderChange } from './useOrderChange';

const noteOf = ({ note }: OrderView) => ({ note });

/** The staff's own words; the shopper never sees them. */
export function Note({ view }: { view: OrderView }) {
  const { t } = useTranslation();
  const { base, typed, isChanged, change, drop } = useDraft(view, noteOf);
  const path = { bot_id: view.order.bot_id, order_id: view.order.id };
  const save = useOrderChange((over: OrderView) =>
    send('put', `${ORDER}/note`, {
      params: { path, header: { 'if-match': `"${over.version}"` } },
      body: { note: typed.note },
    }),
  );
  const takeTheirs = () => {
    save.reset();
    drop();
  };
  return (
    <div className={record.form}>
      <Textarea
        size="md"
        label={t('orders.note')}
        description={t('orders.noteWhat')}
        autosize
        minRows={2}
        maxLength={2000}
        value={typed.note}
        onChange={({ currentTarget }) => change({ note: currentTarget.value })}
      />
      {isConflict(save.error) ? (
        <Conflict onTakeTheirs={takeTheirs} onKeepMine={() => save.mutate(view)} />
      ) : (
        <Refused error={save.error} />
      )}
      {isChanged && (
        <div className={record.buttons}>
          <Button size="md" loading={save.isPending} onClick={() => save.mutate(base)}>
            {t('orders.saveNote')}
          </Button>
          <Button size="md" variant="default" onClick={drop}>
            {t('cancel')}
          </Button>
        </div>
      )}
    </div>
  );
}
