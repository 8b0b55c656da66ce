import { Button, Card, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { shopsQuery } from '../../api/queries';
import { Loaded } from '../../ui/page/Loaded';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import { Filters } from '../../ui/table/Filters';
import text from '../../ui/text.module.css';
import { useView } from '../../view/useView';
import type { Made } from './KeysPage';
import styles from './keys.module.css';
import { useKeyChange, WRITE_KEY, WRITE_KEYS, writeKeysQuery } from './queries';
import { Revocation } from './Revocation';
import { useKeyWords } from './words';

type Props = { onMade: (made: Made) => void };

/** Keys with which a shop's own code tells events. */
export function WriteKeys({ onMade }: Props) {
  const { t } = useTranslation();
  const { view } = useView();
  const { data: shops = [] } = useQuery(shopsQuery);
  const [chosen, setChosen] = useState<number>();
  const inView = shops.filter(({ id }) => !view.shops.length || view.shops.includes(id));
  const shop = inView.find(({ id }) => id === chosen) ?? inView[0];
  if (!shop) return null;
  return (
    <Card withBorder component="section" aria-labelledby="keys-write">
      <h2 className={text.h2} id="keys-write">
        {t('keys.write')}
      </h2>
      <p className={text.note}>{t('keys.writeWhat')}</p>
      {inView.length > 1 && (
        <NativeSelect
          size="md"
          maw={360}
          label={t('oneShop.label')}
          value={String(shop.id)}
          data={inView.map(({ id, name }) => ({ value: String(id), label: name }))}
          onChange={({ currentTarget }) => setChosen(Number(currentTarget.value))}
        />
      )}
      <OfShop key={shop.id} shopId={shop.id} onMade={onMade} />
    </Card>
  );
}

function OfShop({ shopId, onMade }: Props & { shopId: number }) {
  const { t } = useTranslation();
  const words = useKeyWords();
  const [label, setLabel] = useState('');
  const query = useQuery(writeKeysQuery(shopId));
  const make = useKeyChange(
    () =>
      send('post', WRITE_KEYS, {
        params: { path: { shop_id: shopId } },
        body: { label: label.trim() },
      }),
    (key) => {
      setLabel('');
      onMade({ title: key.label, warning: t('keys.writeOnce'), secret: key.secret });
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (label.trim()) make.mutate();
  };
  return (
    <div className={record.form}>
      <Loaded query={query} height={80}>
        {(keys) => (
          <ul className={styles.list}>
            {keys.map((key) => (
              <li key={key.id}>
                <div className={record.head}>
                  <b>{key.label}</b>
                  <span className={text.mono}>…{key.key_tail}</span>
                  <span className={text.note}>
                    {t('keys.usedAt', { at: words.at(key.last_used_at) })}
                  </span>
                  <Revocation
                    name={key.label}
                    onRevoke={() =>
                      send('delete', WRITE_KEY, {
                        params: { path: { shop_id: shopId, key_id: key.id } },
                      })
                    }
                  />
                </div>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <form onSubmit={submit}>
        <Filters>
          <TextInput
            size="md"
            aria-label={t('keys.writeLabel')}
            placeholder={t('keys.writeLabel')}
            maxLength={100}
            value={label}
            onChange={({ currentTarget }) => setLabel(currentTarget.value)}
          />
          <Button
            type="submit"
            size="md"
            variant="default"
            loading={make.isPending}
            disabled={!label.trim()}
          >
            {t('keys.newWrite')}
          </Button>
        </Filters>
      </form>
      <Refused error={make.error} />
    </div>
  );
}
