import { NativeSelect } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { shopsQuery } from '../../api/queries';
import { Confirm } from '../../ui/dialog/Dialog';
import { useProblemText } from '../../ui/problem';
import { storageQuery } from './queries';

export const CLASSES = [30, 90, 180, 365, 730] as const;
type Days = (typeof CLASSES)[number];

type Props = { shop: number; name: string; days: number; canChange: boolean };

/** How long a shop's events are kept. A shorter time deletes, so it asks first. */
export function RetentionSelect({ shop, name, days, canChange }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const problemText = useProblemText();
  const [asked, setAsked] = useState<Days | null>(null);
  const { data: shops } = useQuery(shopsQuery);
  const version = shops?.find(({ id }) => id === shop)?.version;
  const change = useMutation({
    mutationFn: (wanted: Days) =>
      send('put', '/api/v1/shops/{shop_id}/retention', {
        params: { path: { shop_id: shop }, header: { 'if-match': `"${version}"` } },
        body: { days: wanted },
      }),
    onSuccess: () => {
      setAsked(null);
      void queries.invalidateQueries({ queryKey: storageQuery.queryKey });
    },
    // Another may have changed the shop: the next try is over what is read now.
    onSettled: () => queries.invalidateQueries({ queryKey: shopsQuery.queryKey }),
  });
  if (!canChange) return t('data.days', { count: days });
  const choose = (wanted: Days) => (wanted < days ? setAsked(wanted) : change.mutate(wanted));
  return (
    <>
      <NativeSelect
        size="md"
        miw={130}
        aria-label={t('data.keptOf', { name })}
        value={change.isPending ? change.variables : days}
        disabled={change.isPending || version === undefined}
        data={CLASSES.map((each) => ({
          value: String(each),
          label: t('data.days', { count: each }),
        }))}
        onChange={({ currentTarget }) => choose(Number(currentTarget.value) as Days)}
        error={change.isError && asked === null ? problemText(change.error) : undefined}
      />
      <Confirm
        isOpen={asked !== null}
        onClose={() => setAsked(null)}
        title={t('data.shorterTitle', { name })}
        action={t('data.shorterDo')}
        isDangerous
        isPending={change.isPending}
        error={change.error}
        onConfirm={() => asked !== null && change.mutate(asked)}
      >
        {t('data.shorterWhat', { count: asked ?? days })}
      </Confirm>
    </>
  );
}
