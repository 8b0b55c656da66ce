import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../../api/queries';
import { Page } from '../../ui/page/Page';
import { ShownOnce } from '../../ui/secret/ShownOnce';
import { AnalystKeys } from './AnalystKeys';
import { ApiKeys } from './ApiKeys';
import { WriteKeys } from './WriteKeys';

/** A secret that was made just now. */
export type Made = { title: string; warning: string; secret: string };

/** Keys by which programs read figures, tell events, and ask ClickHouse. */
export function KeysPage() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const [made, setMade] = useState<Made>();
  return (
    <Page title={t('keys.title')}>
      <ApiKeys onMade={setMade} />
      <WriteKeys onMade={setMade} />
      {me?.shop_ids === null && <AnalystKeys onMade={setMade} />}
      {made && <ShownOnce {...made} onClose={() => setMade(undefined)} />}
    </Page>
  );
}
