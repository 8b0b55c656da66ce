import { Button, Card, NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Language, Shop } from '../../api/model';
import { LeaveGuard } from '../../ui/form/LeaveGuard';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { useShopChange } from './queries';
import styles from './settings.module.css';

const MOST_CHARACTERS = 100;

/** What the shop is called, and which language it speaks first. */
export function NameCard({ shop }: { shop: Shop }) {
  const { t } = useTranslation();
  const [name, setName] = useState(shop.name);
  const [isMissing, setMissing] = useState(false);
  const named = {
    params: { path: { shop_id: shop.id }, header: { 'if-match': `"${shop.version}"` } },
  };
  const rename = useShopChange((wanted: string) =>
    send('put', '/api/v1/shops/{shop_id}/name', { ...named, body: { name: wanted } }),
  );
  const speak = useShopChange((language: Language) =>
    send('put', '/api/v1/shops/{shop_id}/language', { ...named, body: { language } }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(!name.trim());
    if (name.trim()) rename.mutate(name.trim());
  };
  const isChanged = name.trim() !== shop.name;
  return (
    <Card withBorder component="section" className={styles.card} aria-labelledby="settings-name">
      <h2 className={text.h2} id="settings-name">
        {t('settings.name')}
      </h2>
      <form noValidate onSubmit={submit} className={record.form}>
        <LeaveGuard isChanged={isChanged && !rename.isPending} />
        <TextInput
          size="md"
          label={t('newShop.name')}
          description={t('settings.nameWhat')}
          maxLength={MOST_CHARACTERS}
          value={name}
          error={isMissing && t('settings.nameMissing')}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <Refused error={rename.error} />
        <div className={record.buttons}>
          <Button type="submit" size="md" loading={rename.isPending} disabled={!isChanged}>
            {t('settings.rename')}
          </Button>
          <span role="status">{rename.isSuccess && !isChanged && t('settings.saved')}</span>
        </div>
      </form>
      <NativeSelect
        size="md"
        label={t('newShop.language')}
        description={t('settings.languageWhat')}
        data={(['ru', 'en'] as const).map((value) => ({ value, label: t(`language.${value}`) }))}
        value={speak.isPending ? speak.variables : shop.language}
        onChange={({ currentTarget }) => speak.mutate(currentTarget.value as Language)}
      />
      <Refused error={speak.error} />
    </Card>
  );
}
