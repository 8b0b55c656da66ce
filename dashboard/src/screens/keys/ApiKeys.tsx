import { Button, Card } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { formatCount } from '../../format/money';
import { useLanguage } from '../../i18n';
import { Dialog } from '../../ui/dialog/Dialog';
import layout from '../../ui/layout.module.css';
import { Pill } from '../../ui/Pill';
import { Loaded } from '../../ui/page/Loaded';
import { Refused } from '../../ui/Refused';
import { Facts } from '../../ui/record/Facts';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { ApiKeyForm } from './ApiKeyForm';
import type { Made } from './KeysPage';
import styles from './keys.module.css';
import {
  API_KEY,
  API_KEYS,
  type ApiKey,
  apiKeysQuery,
  type NewApiKey,
  sheetAddress,
  useKeyChange,
} from './queries';
import { Revocation } from './Revocation';
import { useKeyWords } from './words';

/** Keys with which programs read; nothing is ever changed by them. */
export function ApiKeys({ onMade }: { onMade: (made: Made) => void }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const query = useQuery(apiKeysQuery);
  const tell = (key: NewApiKey) => {
    setOpen(false);
    onMade({
      title: key.label,
      warning: t(key.scope === 'sheet' ? 'keys.sheetOnce' : 'keys.once'),
      secret:
        key.scope === 'sheet'
          ? `=IMPORTDATA("${sheetAddress(key.secret, new Date())}")`
          : key.secret,
    });
  };
  return (
    <Card withBorder component="section" aria-labelledby="keys-api">
      <div className={layout.cardHead}>
        <div>
          <h2 className={text.h2} id="keys-api">
            {t('keys.api')}
          </h2>
          <p className={text.note}>{t('keys.apiWhat')}</p>
        </div>
        <Button size="md" onClick={() => setOpen(true)}>
          {t('keys.newApi')}
        </Button>
      </div>
      <Loaded query={query} height={160}>
        {(keys) => (
          <>
            {keys.length === 0 && <p className={text.note}>{t('keys.none')}</p>}
            <ul className={styles.list}>
              {keys.map((key) => (
                <Key key={key.id} of={key} onMade={tell} />
              ))}
            </ul>
          </>
        )}
      </Loaded>
      <Dialog isOpen={isOpen} onClose={() => setOpen(false)} title={t('keys.newApi')}>
        <ApiKeyForm onMade={tell} />
      </Dialog>
    </Card>
  );
}

function Key({ of: key, onMade }: { of: ApiKey; onMade: (made: NewApiKey) => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = useKeyWords();
  // The former one goes on until it is revoked, so that the program can be changed over in peace.
  const renew = useKeyChange(
    () =>
      send('post', API_KEYS, {
        body: {
          label: key.label,
          scope: key.scope,
          shop_ids: key.shop_ids,
          expires_at: key.expires_at,
        },
      }),
    onMade,
  );
  return (
    <li>
      <div className={record.head}>
        <b>{key.label}</b>
        <Pill>{t(`keys.scope.${key.scope}`)}</Pill>
        <span className={text.mono}>…{key.key_tail}</span>
      </div>
      <Facts
        facts={[
          [t('keys.shops'), words.shopsOf(key.shop_ids)],
          [t('keys.until'), words.endOf(key.expires_at)],
          [t('keys.used'), words.at(key.last_used_at)],
          [t('keys.requests'), formatCount(key.requests, language)],
        ]}
      />
      <Refused error={renew.error} />
      <div className={record.buttons}>
        <Button
          size="md"
          variant="default"
          loading={renew.isPending}
          aria-label={`${t('keys.renew')}: ${key.label}`}
          onClick={() => renew.mutate()}
        >
          {t('keys.renew')}
        </Button>
        <Revocation
          name={key.label}
          onRevoke={() => send('delete', API_KEY, { params: { path: { key_id: key.id } } })}
        />
      </div>
    </li>
  );
}
