import { Button, NumberInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { useOnceKey } from '../../api/onceKey';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import { isOfLoyalty, ONE } from './queries';

const MOST = 1_000_000_000;

/** Gives points, or takes some away, with a reason that the customer reads. */
export function ChangePoints({ botId, buyerNo }: { botId: number; buyerNo: number }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [points, setPoints] = useState<number | string>('');
  const [reason, setReason] = useState('');
  const { keyOf, forget } = useOnceKey();
  const change = useMutation({
    mutationFn: () =>
      send('post', `${ONE}/points`, {
        params: { path: { bot_id: botId, buyer_no: buyerNo } },
        body: { points: Number(points), reason, key: keyOf(Number(points), reason) },
      }),
    onSuccess: () => {
      setPoints('');
      setReason('');
      forget();
    },
    onSettled: () => client.invalidateQueries({ predicate: isOfLoyalty }),
  });
  const isWhole = Number.isInteger(Number(points)) && Number(points) !== 0;
  return (
    <form
      className={record.form}
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <NumberInput
        size="md"
        label={t('loyalty.points')}
        description={t('loyalty.pointsWhat')}
        value={points}
        onChange={setPoints}
        allowDecimal={false}
        min={-MOST}
        max={MOST}
        hideControls
      />
      <TextInput
        size="md"
        label={t('loyalty.reason')}
        maxLength={500}
        value={reason}
        onChange={({ currentTarget }) => setReason(currentTarget.value)}
      />
      <Refused error={change.error} />
      <div className={record.buttons}>
        <Button
          size="md"
          type="submit"
          loading={change.isPending}
          disabled={!isWhole || !reason.trim()}
        >
          {t('loyalty.change')}
        </Button>
      </div>
    </form>
  );
}
