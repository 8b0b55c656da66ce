import { Card } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Shop, Translated } from '../../api/model';
import { attentionQuery } from '../../api/queries';
import type { Schema } from '../../ui/form/fields';
import { SchemaForm, type Value } from '../../ui/form/SchemaForm';
import { Loaded } from '../../ui/page/Loaded';
import text from '../../ui/text.module.css';
import { IMPRINT, type ImprintDraft, imprintQuery } from './queries';
import styles from './settings.module.css';

/** As many characters as the API takes. */
const MOST = { contact: 200, seller: 300, about: 600, terms: 3000 } as const;

/** What shoppers are told of the shop: who sells, how to reach them, on which terms. */
export function ImprintCard({ shop }: { shop: Shop }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const query = useQuery(imprintQuery(shop.id));
  const form = useImprintForm();
  const readAnew = () => client.invalidateQueries({ queryKey: imprintQuery(shop.id).queryKey });
  const save = async (value: Value) => {
    await send('put', IMPRINT, {
      params: {
        path: { shop_id: shop.id },
        header: { 'if-match': query.data?.version ?? '' },
      },
      body: value as ImprintDraft,
    });
    void client.invalidateQueries({ queryKey: attentionQuery.queryKey });
    await readAnew();
  };
  return (
    <Card withBorder component="section" className={styles.card} aria-labelledby="settings-imprint">
      <h2 className={text.h2} id="settings-imprint">
        {t('settings.imprint')}
      </h2>
      <p className={text.note}>{t('settings.imprintWhat')}</p>
      <Loaded query={query} height={520}>
        {({ data }) => (
          <SchemaForm
            form={form}
            value={data as unknown as Value}
            onSave={save}
            onTakeTheirs={() => void readAnew()}
            onKeepMine={readAnew}
          />
        )}
      </Loaded>
    </Card>
  );
}

/** The form's names in the reader's language; the kit wants both, and shows one. */
function useImprintForm(): Schema {
  const { t } = useTranslation();
  return useMemo(() => {
    const both = (key: string): Translated => ({ ru: t(key), en: t(key) });
    const named = (field: keyof typeof MOST) => ({
      'x-title': both(`settings.imprintField.${field}`),
      'x-description': both(`settings.imprintField.${field}_what`),
    });
    const line = (field: 'contact' | 'seller') => ({
      type: 'string',
      maxLength: MOST[field],
      ...named(field),
    });
    const long = (field: 'about' | 'terms') => ({
      type: 'object',
      'x-kind': 'bilingual',
      'x-max-length': MOST[field],
      ...named(field),
    });
    return {
      type: 'object',
      properties: {
        contact: line('contact'),
        seller: line('seller'),
        about: long('about'),
        terms: long('terms'),
      },
    };
  }, [t]);
}
