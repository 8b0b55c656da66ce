import { Card } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send, type Versioned } from '../../api/client';
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
  const query = useQuery(imprintQuery(shop.id));
  return (
    <Card withBorder component="section" className={styles.card} aria-labelledby="settings-imprint">
      <h2 className={text.h2} id="settings-imprint">
        {t('settings.imprint')}
      </h2>
      <p className={text.note}>{t('settings.imprintWhat')}</p>
      {query.data ? (
        <ImprintForm key={shop.id} shop={shop} first={query.data} />
      ) : (
        <Loaded query={query} height={520}>
          {() => null}
        </Loaded>
      )}
    </Card>
  );
}

type Imprint = Versioned<ImprintDraft>;

/** A later reading neither takes away what is typed nor lends it its version: it is saved over what
 * it was typed over, and whoever has saved meanwhile is asked about. */
function ImprintForm({ shop, first }: { shop: Shop; first: Imprint }) {
  const client = useQueryClient();
  const form = useImprintForm();
  const version = useRef(first.version);
  const [{ value, round }, setShown] = useState({ value: first.data, round: 0 });
  const { queryKey } = imprintQuery(shop.id);
  const newest = async () => {
    await client.invalidateQueries({ queryKey });
    return client.getQueryData<Imprint>(queryKey);
  };
  const show = (next: Imprint | undefined, isAnew: boolean) => {
    if (!next) return;
    version.current = next.version;
    setShown((before) => ({ value: next.data, round: before.round + (isAnew ? 1 : 0) }));
  };
  const save = async (draft: Value) => {
    await send('put', IMPRINT, {
      params: { path: { shop_id: shop.id }, header: { 'if-match': version.current } },
      body: draft as ImprintDraft,
    });
    void client.invalidateQueries({ queryKey: attentionQuery.queryKey });
    show(await newest(), false);
  };
  const takeTheirs = async () => show(await newest(), true);
  const keepMine = async () => {
    version.current = (await newest())?.version ?? version.current;
  };
  return (
    <SchemaForm
      key={round}
      form={form}
      value={value as unknown as Value}
      onSave={save}
      onTakeTheirs={() => void takeTheirs()}
      onKeepMine={keepMine}
    />
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
