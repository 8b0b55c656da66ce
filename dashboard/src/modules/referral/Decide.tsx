import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { formatMoney } from '../../format/money';
import { useLanguage } from '../../i18n';
import { Confirm } from '../../ui/dialog/Dialog';
import record from '../../ui/record/record.module.css';
import { type HeldReward, isOfReferrals, ONE } from './queries';

type Decision = 'give' | 'reject';

/** Gives a reward that waits, or rejects it; asked once more, since neither is undone. */
export function Decide({ botId, reward }: { botId: number; reward: HeldReward }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const client = useQueryClient();
  const [asked, setAsked] = useState<Decision | null>(null);
  const decide = useMutation({
    mutationFn: (decision: Decision) =>
      send('post', `${ONE}/${decision}`, {
        params: { path: { bot_id: botId, reward_id: reward.id } },
      }),
    onSuccess: () => setAsked(null),
    onSettled: () => client.invalidateQueries({ predicate: isOfReferrals }),
  });
  const amount = formatMoney(reward.amount_minor, reward.currency, language);
  return (
    <div className={record.buttons}>
      <Button size="md" variant="default" onClick={() => setAsked('give')}>
        {t('referral.give')}
      </Button>
      <Button size="md" variant="default" onClick={() => setAsked('reject')}>
        {t('referral.reject')}
      </Button>
      <Confirm
        isOpen={asked !== null}
        onClose={() => {
          setAsked(null);
          decide.reset();
        }}
        title={t(asked === 'reject' ? 'referral.rejectTitle' : 'referral.giveTitle')}
        action={t(asked === 'reject' ? 'referral.rejectIt' : 'referral.giveIt')}
        isDangerous={asked === 'reject'}
        isPending={decide.isPending}
        error={decide.error}
        onConfirm={() => asked && decide.mutate(asked)}
      >
        {t(asked === 'reject' ? 'referral.rejectWhat' : 'referral.giveWhat', {
          amount,
          number: reward.buyer_no,
        })}
      </Confirm>
    </div>
  );
}
