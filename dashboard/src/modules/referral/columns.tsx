import { useTranslation } from 'react-i18next';
import { formatMoney, majorUnits } from '../../format/money';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Pill, type Tone } from '../../ui/Pill';
import type { Column } from '../../ui/table/DataTable';
import { Decide } from './Decide';
import type { HeldReward } from './queries';
import type { State } from './search';

const TONES: Record<State, Tone> = { held: 'waiting', given: 'good', rejected: 'plain' };

type Shown = { botId: number; timeZone: string; isOwner: boolean };

export function useRewardColumns({ botId, timeZone, isOwner }: Shown): Column<HeldReward>[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const moment = dateFormat(language, { timeZone, dateStyle: 'medium' });
  const who = (number: number) => (number ? t('referral.buyer', { number }) : t('referral.erased'));
  const whyOf = ({ state, reason, suspicion, way }: HeldReward) => {
    if (state === 'rejected') return t(`referral.reason.${reason}`);
    if (state === 'given') return t(`referral.way.${way}`);
    return suspicion ? t(`referral.suspicion.${suspicion}`) : '';
  };
  const columns: Column<HeldReward>[] = [
    {
      id: 'order',
      title: t('referral.column.order'),
      width: 100,
      cell: ({ order_no }) => <b>{t('referral.order', { number: order_no })}</b>,
      value: ({ order_no }) => order_no,
      onPhone: 'title',
    },
    {
      id: 'who',
      title: t('referral.column.who'),
      width: 120,
      cell: ({ buyer_no }) => who(buyer_no),
      value: ({ buyer_no }) => buyer_no,
    },
    {
      id: 'invited',
      title: t('referral.column.invited'),
      width: 120,
      cell: ({ invited_buyer_no }) => who(invited_buyer_no),
      value: ({ invited_buyer_no }) => invited_buyer_no,
    },
    {
      id: 'amount',
      title: t('referral.column.amount'),
      width: 120,
      isNumber: true,
      cell: ({ amount_minor, currency }) => formatMoney(amount_minor, currency, language),
      value: ({ amount_minor, currency }) => majorUnits(amount_minor, currency),
    },
    {
      id: 'currency',
      title: t('referral.column.currency'),
      cell: ({ currency }) => currency,
      value: ({ currency }) => currency,
      isOnlyInFile: true,
    },
    {
      id: 'state',
      title: t('referral.column.state'),
      width: 120,
      cell: ({ state }) => <Pill tone={TONES[state]}>{t(`referral.state.${state}`)}</Pill>,
      value: ({ state }) => t(`referral.state.${state}`),
    },
    {
      id: 'why',
      title: t('referral.column.why'),
      width: 150,
      cell: (reward) => whyOf(reward) || '—',
      value: whyOf,
    },
    {
      id: 'due',
      title: t('referral.column.due'),
      width: 120,
      cell: ({ due_at, decided_at }) => {
        const at = decided_at ?? due_at;
        return <time dateTime={at}>{moment.format(new Date(at))}</time>;
      },
      value: ({ due_at, decided_at }) => decided_at ?? due_at,
    },
  ];
  if (!isOwner) return columns;
  return [
    ...columns,
    {
      id: 'decide',
      title: t('referral.column.decide'),
      width: 210,
      cell: (reward) => (reward.state === 'held' ? <Decide botId={botId} reward={reward} /> : '—'),
      value: () => '',
    },
  ];
}
