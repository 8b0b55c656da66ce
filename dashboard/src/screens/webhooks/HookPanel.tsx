import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Shop } from '../../api/model';
import type { components } from '../../api/schema';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Confirm } from '../../ui/dialog/Dialog';
import { SidePanel } from '../../ui/drawer/SidePanel';
import { Pill } from '../../ui/Pill';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { HookForm } from './HookForm';
import { Messages } from './Messages';
import { type Endpoint, HOOK, type NewEndpoint, useHookChange } from './queries';
import type { WebhooksSearch } from './search';
import type { Change } from './WebhooksPage';
import { HOOK_TONES } from './words';

type Props = {
  shop: Shop;
  events: components['schemas']['WebhookEvent'][];
  endpoint: Endpoint | 'new' | undefined;
  search: WebhooksSearch;
  change: Change;
  onClose: () => void;
  onMade: (made: NewEndpoint) => void;
};

/** One web hook beside the list: how it is, what it sends, its log, its secret. */
export function HookPanel({ shop, events, endpoint, search, change, onClose, onMade }: Props) {
  const { t } = useTranslation();
  return (
    <SidePanel
      isOpen={endpoint !== undefined}
      onClose={onClose}
      title={t(endpoint === 'new' ? 'webhooks.new' : 'webhooks.one')}
    >
      {endpoint === 'new' && <HookForm shopId={shop.id} events={events} onMade={onMade} />}
      {endpoint && endpoint !== 'new' && (
        <div key={endpoint.id} className={record.story}>
          <Head endpoint={endpoint} />
          <Messages shop={shop} endpoint={endpoint} search={search} change={change} />
          <HookForm shopId={shop.id} events={events} endpoint={endpoint} onMade={onMade} />
          <Secret shop={shop} endpoint={endpoint} onMade={onMade} />
          <Deletion endpoint={endpoint} onDone={onClose} />
        </div>
      )}
    </SidePanel>
  );
}

function Head({ endpoint }: { endpoint: Endpoint }) {
  const { t } = useTranslation();
  return (
    <div className={record.form}>
      <div className={record.head}>
        <h2 className={text.h2}>{endpoint.label}</h2>
        <Pill tone={HOOK_TONES[endpoint.state]}>{t(`webhooks.state.${endpoint.state}`)}</Pill>
      </div>
      {endpoint.state === 'failed' && <p>{t('webhooks.failedWhat')}</p>}
      {endpoint.last_error && endpoint.failures > 0 && (
        <p className={text.error}>
          {t('webhooks.failures', { count: endpoint.failures, error: endpoint.last_error })}
        </p>
      )}
    </div>
  );
}

type SecretProps = { shop: Shop; endpoint: Endpoint; onMade: (made: NewEndpoint) => void };

/** A new secret; the former one signs beside it for a day. */
function Secret({ shop, endpoint, onMade }: SecretProps) {
  const { t } = useTranslation();
  const moment = dateFormat(useLanguage(), {
    timeZone: shop.timezone,
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  const rotate = useHookChange(
    (minutes: number) =>
      send('post', `${HOOK}/secret`, {
        params: { path: { shop_id: endpoint.shop_id, endpoint_id: endpoint.id } },
        body: { overlap_minutes: minutes },
      }),
    onMade,
  );
  const until = endpoint.former_secret_ends_at;
  return (
    <section className={record.form} aria-label={t('webhooks.secret')}>
      <h3 className={text.h2}>{t('webhooks.secret')}</h3>
      <p className={text.note}>
        {until
          ? t('webhooks.formerUntil', { at: moment.format(new Date(until)) })
          : t('webhooks.secretWhat')}
      </p>
      <Refused error={rotate.error} />
      <div className={record.buttons}>
        <Button
          size="md"
          variant="default"
          loading={rotate.isPending && rotate.variables > 0}
          onClick={() => rotate.mutate(24 * 60)}
        >
          {t('webhooks.rotate')}
        </Button>
        <Button
          size="md"
          variant="subtle"
          color="red"
          loading={rotate.isPending && rotate.variables === 0}
          onClick={() => rotate.mutate(0)}
        >
          {t('webhooks.rotateNow')}
        </Button>
      </div>
    </section>
  );
}

function Deletion({ endpoint, onDone }: { endpoint: Endpoint; onDone: () => void }) {
  const { t } = useTranslation();
  const [isAsked, setAsked] = useState(false);
  const remove = useHookChange(
    () =>
      send('delete', HOOK, {
        params: { path: { shop_id: endpoint.shop_id, endpoint_id: endpoint.id } },
      }),
    onDone,
  );
  return (
    <div>
      <Button size="md" variant="default" color="red" onClick={() => setAsked(true)}>
        {t('webhooks.delete')}
      </Button>
      <Confirm
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        title={t('webhooks.deleteTitle', { label: endpoint.label })}
        action={t('webhooks.delete')}
        isDangerous
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      >
        {t('webhooks.deleteWhat')}
      </Confirm>
    </div>
  );
}
