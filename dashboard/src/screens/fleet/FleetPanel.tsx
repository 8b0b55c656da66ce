import { Button, NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Bot, Shop } from '../../api/model';
import { BotActions } from '../../parts/bots/BotActions';
import { BotStateBadge } from '../../parts/bots/BotStateBadge';
import { useReasonText } from '../../parts/bots/bot';
import { Refusal } from '../../parts/confirmation/Refusal';
import { Confirm } from '../../ui/dialog/Dialog';
import { SidePanel } from '../../ui/drawer/SidePanel';
import { LeaveGuard } from '../../ui/form/LeaveGuard';
import { Refused } from '../../ui/Refused';
import { Facts } from '../../ui/record/Facts';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { useAgo, useBotLabel } from './FleetPage';
import { type FleetBot, useBotChange } from './queries';

type Props = {
  row: FleetBot | undefined;
  shops: readonly Shop[];
  /** When the row was read, in milliseconds. */
  now: number;
  mayChange: boolean;
  onClose: () => void;
};

/** One bot beside the list: how it is, and pausing, moving, a new token, disconnecting. */
export function FleetPanel({ row, shops, now, mayChange, onClose }: Props) {
  const { t } = useTranslation();
  const nameOf = useBotLabel();
  const bot = shops.flatMap((shop) => shop.bots).find(({ id }) => id === row?.bot_id);
  return (
    <SidePanel isOpen={row !== undefined} onClose={onClose} title={row ? nameOf(row) : ''}>
      {row && (
        <div key={row.bot_id} className={record.story}>
          <Standing row={row} shops={shops} now={now} />
          {mayChange && bot?.mode === 'hosted' && <Pause row={row} />}
          {mayChange && bot && <Move bot={bot} shops={shops} />}
          {mayChange && bot && (
            <section aria-label={t('fleet.token')}>
              <h3 className={text.h2}>{t('fleet.token')}</h3>
              <BotActions bot={bot} />
            </section>
          )}
        </div>
      )}
    </SidePanel>
  );
}

type StandingProps = Pick<Props, 'shops' | 'now'> & { row: FleetBot };

function Standing({ row, shops, now }: StandingProps) {
  const { t } = useTranslation();
  const reasonText = useReasonText();
  const ago = useAgo(now);
  return (
    <>
      <div className={record.head}>
        <BotStateBadge state={row.state} />
        {row.paused_at && <b>{t('fleet.paused')}</b>}
      </div>
      {row.state_reason && <p>{reasonText(row.state_reason)}</p>}
      <Facts
        facts={[
          [t('fleet.shop'), shops.find(({ id }) => id === row.shop_id)?.name ?? null],
          [t('fleet.column.worker'), row.worker ?? t('fleet.nobody')],
          [t('fleet.connected'), t(row.is_open ? 'fleet.yes' : 'fleet.no')],
          [t('fleet.heartbeat'), row.heartbeat_at && ago(row.heartbeat_at)],
          [t('fleet.column.last'), ago(row.last_update_at)],
        ]}
      />
    </>
  );
}

/** The bot answers nobody but by one sentence; what was paid is handled as always. */
function Pause({ row }: { row: FleetBot }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState({ ru: '', en: '' });
  const [isTried, setTried] = useState(false);
  const path = { bot_id: row.bot_id };
  const says = typed.ru.trim() || typed.en.trim();
  const isWhole = !says || (typed.ru.trim() !== '' && typed.en.trim() !== '');
  const pause = useBotChange(() =>
    send('put', '/api/v1/bots/{bot_id}/pause', {
      params: { path },
      body: { text: says ? { ru: typed.ru.trim(), en: typed.en.trim() } : null },
    }),
  );
  const resume = useBotChange(() =>
    send('delete', '/api/v1/bots/{bot_id}/pause', { params: { path } }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (isWhole) pause.mutate();
  };
  if (row.paused_at)
    return (
      <section className={record.form} aria-label={t('fleet.pause')}>
        <p>{t('fleet.isPaused')}</p>
        <Refused error={resume.error} />
        <div>
          <Button size="md" loading={resume.isPending} onClick={() => resume.mutate()}>
            {t('fleet.resume')}
          </Button>
        </div>
      </section>
    );
  return (
    <form noValidate onSubmit={submit} className={record.form} aria-label={t('fleet.pause')}>
      <LeaveGuard isChanged={says !== '' && !pause.isPending} />
      <h3 className={text.h2}>{t('fleet.pause')}</h3>
      <p className={text.note}>{t('fleet.pauseWhat')}</p>
      {(['ru', 'en'] as const).map((language) => (
        <TextInput
          key={language}
          size="md"
          lang={language}
          label={t('fleet.says', { language: t(`language.${language}`) })}
          placeholder={t('fleet.saysNothing')}
          maxLength={200}
          value={typed[language]}
          error={isTried && !isWhole && !typed[language].trim() && t('fleet.bothLanguages')}
          onChange={({ currentTarget }) => setTyped({ ...typed, [language]: currentTarget.value })}
        />
      ))}
      <Refused error={pause.error} />
      <div>
        <Button type="submit" size="md" variant="default" loading={pause.isPending}>
          {t('fleet.doPause')}
        </Button>
      </div>
    </form>
  );
}

/** To another of the owner's shops; an owner's chat confirms it. */
function Move({ bot, shops }: { bot: Bot; shops: readonly Shop[] }) {
  const { t } = useTranslation();
  const others = shops.filter(({ id, archived_at }) => id !== bot.shop_id && !archived_at);
  const [to, setTo] = useState('');
  const [isAsked, setAsked] = useState(false);
  const move = useBotChange(
    () =>
      send('put', '/api/v1/bots/{bot_id}/shop', {
        params: { path: { bot_id: bot.id } },
        body: { shop_id: Number(to) },
      }),
    () => setAsked(false),
  );
  if (others.length === 0) return null;
  return (
    <section className={record.form} aria-label={t('fleet.move')}>
      <h3 className={text.h2}>{t('fleet.move')}</h3>
      <NativeSelect
        size="md"
        label={t('fleet.moveTo')}
        value={to}
        data={[
          { value: '', label: t('fleet.choose') },
          ...others.map(({ id, name }) => ({ value: String(id), label: name })),
        ]}
        onChange={({ currentTarget }) => setTo(currentTarget.value)}
      />
      <div>
        <Button size="md" variant="default" disabled={!to} onClick={() => setAsked(true)}>
          {t('fleet.doMove')}
        </Button>
      </div>
      <Confirm
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        title={t('fleet.moveTitle', { shop: shops.find(({ id }) => String(id) === to)?.name })}
        action={t('fleet.doMove')}
        isDangerous
        isPending={move.isPending}
        error={null}
        onConfirm={() => move.mutate()}
      >
        <p>{t('fleet.moveWhat')}</p>
        <Refusal error={move.error} />
      </Confirm>
    </section>
  );
}
