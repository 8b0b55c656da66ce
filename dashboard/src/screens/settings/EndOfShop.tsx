import { Button, Card, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Shop } from '../../api/model';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Confirm } from '../../ui/dialog/Dialog';
import layout from '../../ui/layout.module.css';
import { Refused } from '../../ui/Refused';
import text from '../../ui/text.module.css';
import { useShopChange } from './queries';
import styles from './settings.module.css';

/** A shop is archived, taken back, or deleted for good; the last two ask the owner in the chat. */
export function EndOfShop({ shop }: { shop: Shop }) {
  const { t } = useTranslation();
  const moment = dateFormat(useLanguage(), { timeZone: shop.timezone, dateStyle: 'long' });
  const [open, setOpen] = useState<'archive' | 'deletion' | null>(null);
  const close = () => setOpen(null);
  const params = { path: { shop_id: shop.id } };
  const archive = useShopChange(
    () => send('post', '/api/v1/shops/{shop_id}/archive', { params }),
    close,
  );
  const restore = useShopChange(() => send('post', '/api/v1/shops/{shop_id}/restore', { params }));
  const remove = useShopChange(() => send('delete', '/api/v1/shops/{shop_id}', { params }), close);
  const { archived_at, delete_after } = shop;
  const day = (iso: string) => moment.format(new Date(iso));
  return (
    <Card withBorder component="section" className={styles.card} aria-labelledby="settings-end">
      <h2 className={text.h2} id="settings-end">
        {t('settings.end')}
      </h2>
      <p role="status" className={text.note}>
        {delete_after
          ? t('settings.deletedAfter', { day: day(delete_after) })
          : archived_at
            ? t('settings.archivedSince', { day: day(archived_at) })
            : t('settings.endWhat')}
      </p>
      <Refused error={restore.error} />
      <div className={layout.actions}>
        {archived_at ? (
          <Button size="md" loading={restore.isPending} onClick={() => restore.mutate()}>
            {t('settings.restore')}
          </Button>
        ) : (
          <Button size="md" variant="default" onClick={() => setOpen('archive')}>
            {t('settings.archive')}
          </Button>
        )}
        {!delete_after && (
          <Button size="md" variant="outline" color="red" onClick={() => setOpen('deletion')}>
            {t('settings.delete')}
          </Button>
        )}
      </div>
      <Confirm
        isOpen={open === 'archive'}
        onClose={close}
        title={t('settings.archiveTitle', { name: shop.name })}
        action={t('settings.archive')}
        isDangerous
        isPending={archive.isPending}
        error={archive.error}
        onConfirm={() => archive.mutate()}
      >
        {t('settings.archiveWhat')}
      </Confirm>
      <Deletion shop={shop} isOpen={open === 'deletion'} onClose={close} remove={remove} />
    </Card>
  );
}

type DeletionProps = {
  shop: Shop;
  isOpen: boolean;
  onClose: () => void;
  remove: { isPending: boolean; error: Error | null; mutate: () => void };
};

/** The shop's name is typed before it goes: a press alone is too little for what cannot come back. */
function Deletion({ shop, isOpen, onClose, remove }: DeletionProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [isOther, setOther] = useState(false);
  const confirm = () => {
    const isSame = typed.trim() === shop.name;
    setOther(!isSame);
    if (isSame) remove.mutate();
  };
  return (
    <Confirm
      isOpen={isOpen}
      onClose={onClose}
      title={t('settings.deleteTitle', { name: shop.name })}
      action={t('settings.delete')}
      isDangerous
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={confirm}
    >
      <p>{t('settings.deleteWhat')}</p>
      <TextInput
        size="md"
        label={t('settings.typeName', { name: shop.name })}
        autoComplete="off"
        value={typed}
        error={isOther && t('settings.otherName')}
        onChange={({ currentTarget }) => {
          setTyped(currentTarget.value);
          setOther(false);
        }}
      />
    </Confirm>
  );
}
