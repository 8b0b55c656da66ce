import { Button, Card, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { Refusal } from '../../parts/confirmation/Refusal';
import { Loaded } from '../../ui/page/Loaded';
import record from '../../ui/record/record.module.css';
import { Filters } from '../../ui/table/Filters';
import text from '../../ui/text.module.css';
import type { Made } from './KeysPage';
import styles from './keys.module.css';
import {
  ANALYST_KEY,
  ANALYST_KEYS,
  type AnalystKey,
  analystKeysQuery,
  type NewAnalystKey,
  useKeyChange,
} from './queries';
import { Revocation } from './Revocation';
import { useKeyWords } from './words';

const OVERLAP_MINUTES = 60;

type Props = { onMade: (made: Made) => void };

/** Keys by which an analyst asks ClickHouse, as a user who reads every table. */
export function AnalystKeys({ onMade }: Props) {
  const { t } = useTranslation();
  const [label, setLabel] = useState('');
  const query = useQuery(analystKeysQuery);
  const tell = ({ key, url, user, password }: NewAnalystKey) => {
    setLabel('');
    onMade({
      title: key.label,
      warning: t('keys.analystOnce'),
      secret: `url=${url} user=${user} password=${password}`,
    });
  };
  const make = useKeyChange(
    (body: { label: string }) => send('post', ANALYST_KEYS, { body }),
    tell,
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (label.trim()) make.mutate({ label: label.trim() });
  };
  return (
    <Card withBorder component="section" aria-labelledby="keys-analyst">
      <h2 className={text.h2} id="keys-analyst">
        {t('keys.analyst')}
      </h2>
      <p className={text.note}>{t('keys.analystWhat')}</p>
      <div className={record.form}>
        <Loaded query={query} height={80}>
          {(keys) => (
            <ul className={styles.list}>
              {keys
                .filter(({ revoked_at }) => revoked_at === null)
                .map((key) => (
                  <Key key={key.id} of={key} onMade={tell} />
                ))}
            </ul>
          )}
        </Loaded>
        <form onSubmit={submit}>
          <Filters>
            <TextInput
              size="md"
              aria-label={t('keys.analystLabel')}
              placeholder={t('keys.analystLabel')}
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
              {t('keys.newAnalyst')}
            </Button>
          </Filters>
        </form>
        <Refusal error={make.error} />
      </div>
    </Card>
  );
}

function Key({ of: key, onMade }: { of: AnalystKey; onMade: (made: NewAnalystKey) => void }) {
  const { t } = useTranslation();
  const words = useKeyWords();
  const rotate = useKeyChange(
    () =>
      send('post', `${ANALYST_KEY}/rotate`, {
        params: { path: { key_id: key.id } },
        body: { overlap_minutes: OVERLAP_MINUTES },
      }),
    onMade,
  );
  return (
    <li>
      <div className={record.head}>
        <b>{key.label}</b>
        <span className={text.note}>
          {words.endOf(key.expires_at)} · {t('keys.usedAt', { at: words.at(key.used_at) })}
        </span>
      </div>
      <Refusal error={rotate.error} />
      <div className={record.buttons}>
        <Button
          size="md"
          variant="default"
          loading={rotate.isPending}
          aria-label={`${t('keys.rotate')}: ${key.label}`}
          onClick={() => rotate.mutate()}
        >
          {t('keys.rotate')}
        </Button>
        <Revocation
          name={key.label}
          onRevoke={() => send('delete', ANALYST_KEY, { params: { path: { key_id: key.id } } })}
        />
      </div>
    </li>
  );
}
