import { Button, Card } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { AttentionItem, Bot, Shop } from '../../api/model';
import { attentionQuery, meQuery } from '../../api/queries';
import { formatMoney } from '../../format/money';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { mayOpen, screenAt } from '../../screens';
import { LinkButton } from '../../ui/LinkButton';
import layout from '../../ui/layout.module.css';
import { useProblemText } from '../../ui/problem';
import text from '../../ui/text.module.css';
import { useBotName, useReasonText } from '../bots/bot';
import bots from '../bots/bots.module.css';
import { placeOf } from './place';

/** What needs the owner of these shops, or of the panel as a whole, the newest first; nothing at all
 * if nothing does. */
export function NeedsYou({ shops, mayDismiss }: { shops: Shop[]; mayDismiss: boolean }) {
  const { t } = useTranslation();
  const { data = [] } = useQuery(attentionQuery);
  const items = data.filter(
    ({ shop_id }) => shop_id === 0 || shops.some(({ id }) => id === shop_id),
  );
  const known = new Map(shops.flatMap((shop) => shop.bots).map((bot) => [bot.id, bot]));
  if (items.length === 0) return null;
  return (
    <Card withBorder component="section" aria-labelledby="needs-you">
      <h2 className={text.h2} id="needs-you">
        {t('attention.title')}
      </h2>
      <ul className={bots.bots}>
        {items.map((item) => (
          <Item
            key={`${item.kind}${item.bot_id}${item.charge_id}${item.notice_id}${item.alert_id}${item.job_id}${item.module}${item.reason}${item.shop_id}${item.subject}`}
            item={item}
            bot={known.get(item.bot_id)}
            shop={shops.find(({ id }) => id === item.shop_id)}
            mayDismiss={mayDismiss}
          />
        ))}
      </ul>
    </Card>
  );
}

type ItemProps = {
  item: AttentionItem;
  bot: Bot | undefined;
  shop: Shop | undefined;
  mayDismiss: boolean;
};

function Item({ item, bot, shop, mayDismiss }: ItemProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const botName = useBotName();
  const at = dateFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  const name = bot ? botName(bot) : t('bot.unnamed', { id: item.bot_id });
  return (
    <li className={bots.bot}>
      <div className={bots.head}>
        <b>
          {t(`attention.${item.kind}`, { name, shop: shop?.name, title: item.title?.[language] })}
        </b>
        <time className={text.note} dateTime={item.at}>
          {at.format(new Date(item.at))}
        </time>
      </div>
      <p className={bots.reason}>
        <Reason item={item} />
      </p>
      {(item.kind === 'bot_claimed' || item.notice_id) && mayDismiss && <Dismiss item={item} />}
      <Way item={item} />
      {item.kind === 'job_failed' && mayDismiss && <JobActions item={item} />}
    </li>
  );
}

/** To the screen where it is put right. */
function Way({ item }: { item: AttentionItem }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const place = placeOf(item);
  const screen = place && screenAt(place.to);
  // A button to what this role cannot open would lead to a refusal.
  if (!place || !screen || !me || !mayOpen(screen, me.role)) return null;
  return (
    <div className={layout.actions}>
      <LinkButton {...place} variant="default">
        {t(NAMED_WAYS[place.to] ?? 'attention.open')}
      </LinkButton>
    </div>
  );
}

const NAMED_WAYS: Partial<Record<string, string>> = {
  '/access': 'attention.toAccess',
  '/webhooks': 'attention.toHooks',
};

/** What there is to say of Telegram's own errors; of all others its code is shown. */
const REFUSED_BILLS: Partial<Record<string, string>> = {
  CURRENCY_TOTAL_AMOUNT_INVALID: 'attention.billOfSuchSum',
  CURRENCY_INVALID: 'attention.billInCurrency',
  PAYMENT_PROVIDER_INVALID: 'attention.billOfProvider',
};

function Reason({ item }: { item: AttentionItem }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const reasonText = useReasonText();
  switch (item.kind) {
    case 'bot_failed':
      return item.reason ? reasonText(item.reason) : t('bot.noReason');
    case 'payment_unbooked':
      return t(item.reason === 'no_module' ? 'attention.noModule' : 'attention.bookingFails', {
        amount: formatMoney(item.amount_minor ?? 0, item.currency ?? 'XTR', language),
        charge: item.charge_id,
        reason: item.reason,
      });
    case 'bot_claimed':
      return t(`attention.${item.reason}`, { count: item.count });
    case 'bill_refused':
      return t(REFUSED_BILLS[item.reason ?? ''] ?? 'attention.billRefused', {
        subject: item.subject,
        amount: formatMoney(item.amount_minor ?? 0, item.currency ?? 'XTR', language),
        reason: item.reason,
        count: item.count,
      });
    case 'updates_skipped':
      return t('attention.updatesSkipped', { reason: item.reason, count: item.count });
    case 'bot_used_elsewhere':
      return item.reason === 'message'
        ? t('attention.usedMessage', { count: item.count })
        : t('attention.usedProfile', { what: t(`attention.part.${item.reason}`) });
    case 'job_failed':
      return t('attention.jobFailed', { reason: item.reason, count: item.count });
    case 'module_says':
      return item.text?.[language] ?? '';
    case 'rate_missing':
      return t('attention.rateMissing', {
        currencies: item.reason,
        currency: item.currency,
        count: item.count,
      });
    case 'access_alert':
      return t(`attention.access.${item.reason}`, { subject: item.subject, count: item.count });
    case 'webhook_failed':
      return t('attention.webhookFailed', {
        subject: item.subject,
        reason: item.reason,
        count: item.count,
      });
    case 'webhook_parked':
      return t('attention.webhookParked', { subject: item.subject, count: item.count });
    case 'fraud_held':
      return t('attention.fraudHeld', {
        count: item.count,
        abuses: (item.reason ?? '')
          .split(', ')
          .map((abuse) => t(`attention.abuse.${abuse}`))
          .join(', '),
      });
    case 'contact_missing':
      return t('attention.contactMissing');
  }
}

function Dismiss({ item }: { item: AttentionItem }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const dismiss = useMutation({
    mutationFn: () =>
      item.notice_id
        ? send('delete', '/api/v1/attention/notices/{bot_id}/{notice_id}', {
            params: { path: { bot_id: item.bot_id, notice_id: item.notice_id } },
          })
        : send('delete', '/api/v1/attention/claims/{bot_id}', {
            params: { path: { bot_id: item.bot_id } },
          }),
    onSuccess: () => client.invalidateQueries({ queryKey: attentionQuery.queryKey }),
  });
  return (
    <div className={layout.actions}>
      <Button
        variant="default"
        size="md"
        loading={dismiss.isPending}
        onClick={() => dismiss.mutate()}
      >
        {t('attention.dismiss')}
      </Button>
    </div>
  );
}

function JobActions({ item }: { item: AttentionItem }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const client = useQueryClient();
  const params = { path: { bot_id: item.bot_id, job_id: item.job_id ?? 0 } };
  const act = useMutation({
    mutationFn: (way: 'retry' | 'drop') =>
      way === 'retry'
        ? send('post', '/api/v1/attention/jobs/{bot_id}/{job_id}/retry', { params })
        : send('delete', '/api/v1/attention/jobs/{bot_id}/{job_id}', { params }),
    onSettled: () => client.invalidateQueries({ queryKey: attentionQuery.queryKey }),
  });
  return (
    <div className={layout.actions}>
      <Button
        variant="default"
        size="md"
        loading={act.isPending && act.variables === 'retry'}
        onClick={() => act.mutate('retry')}
      >
        {t('attention.tryAgain')}
      </Button>
      {!item.is_periodic && (
        <Button
          variant="subtle"
          color="red"
          size="md"
          loading={act.isPending && act.variables === 'drop'}
          onClick={() => act.mutate('drop')}
        >
          {t('attention.giveUp')}
        </Button>
      )}
      {act.isSuccess && act.variables === 'retry' && (
        <span role="status">{t('attention.underWay')}</span>
      )}
      {act.error && <span role="alert">{problemText(act.error)}</span>}
    </div>
  );
}
