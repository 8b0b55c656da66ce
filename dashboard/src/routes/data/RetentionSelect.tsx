import { Button, Group, Modal, NativeSelect, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client';
import { useProblemText } from '../../ui/problem';

export const CLASSES = [30, 90, 180, 365, 730];

type Props = { shop: number; name: string; days: number; canChange: boolean };

/** How long a shop's events are kept. A shorter time deletes, so it asks first. */
export function RetentionSelect({ shop, name, days, canChange }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const problemText = useProblemText();
  const [asked, setAsked] = useState<number | null>(null);
  const change = useMutation({
    mutationFn: (wanted: number) => api.setRetention(shop, wanted),
    onSuccess: () => {
      setAsked(null);
      void queries.invalidateQueries({ queryKey: ['storage'] });
      void queries.invalidateQueries({ queryKey: ['shops'] });
    },
  });
  if (!canChange) return t('data.days', { count: days });
  const choose = (wanted: number) => (wanted < days ? setAsked(wanted) : change.mutate(wanted));
  return (
    <>
      <NativeSelect
        aria-label={t('data.keptOf', { name })}
        value={change.isPending ? change.variables : days}
        disabled={change.isPending}
        data={CLASSES.map((each) => ({
          value: String(each),
          label: t('data.days', { count: each }),
        }))}
        onChange={({ currentTarget }) => choose(Number(currentTarget.value))}
        error={change.isError && asked === null ? problemText(change.error) : undefined}
      />
      <Modal
        opened={asked !== null}
        onClose={() => setAsked(null)}
        title={t('data.shorterTitle', { name })}
        closeButtonProps={{ 'aria-label': t('data.cancel') }}
      >
        <Text size="sm">{t('data.shorterWhat', { count: asked ?? days })}</Text>
        {change.isError && (
          <Text size="sm" className="error-text" role="alert">
            {problemText(change.error)}
          </Text>
        )}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setAsked(null)}>
            {t('data.cancel')}
          </Button>
          <Button
            color="red"
            loading={change.isPending}
            onClick={() => asked !== null && change.mutate(asked)}
          >
            {t('data.shorterDo')}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
