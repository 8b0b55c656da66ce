import { Button, NativeSelect } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Shop } from '../../api/model';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Pill } from '../../ui/Pill';
import { Loaded } from '../../ui/page/Loaded';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { oneOf } from '../../view/addressParts';
import { type Delivery, deliveriesQuery, type Endpoint, HOOK, useHookChange } from './queries';
import { STATES, type WebhooksSearch } from './search';
import type { Change } from './WebhooksPage';
import { DELIVERY_TONES } from './words';

type Props = { shop: Shop; endpoint: Endpoint; search: WebhooksSearch; change: Change };

/** How far back what was given up is sent again. */
const LOG_DAYS_MS = 30 * 86_400_000;

/** What was sent and what came of it; what was given up is sent again, or dropped. */
export function Messages({ shop, endpoint, search, change }: Props) {
  const { t } = useTranslation();
  const path = { shop_id: endpoint.shop_id, endpoint_id: endpoint.id };
  const query = useInfiniteQuery(deliveriesQuery(shop.id, endpoint.id, search.state));
  const trial = useHookChange(() => send('post', `${HOOK}/test`, { params: { path } }));
  const again = useHookChange(() => {
    const now = Date.now();
    return send('post', `${HOOK}/replay`, {
      params: { path },
      body: {
        start: new Date(now - LOG_DAYS_MS).toISOString(),
        end: new Date(now).toISOString(),
        with_delivered: false,
      },
    });
  });
  const drop = useHookChange(() => send('delete', `${HOOK}/parked`, { params: { path } }));
  return (
    <section className={record.form} aria-label={t('webhooks.log')}>
      <h3 className={text.h2}>{t('webhooks.log')}</h3>
      <div className={record.buttons}>
        <Button
          size="md"
          variant="default"
          loading={trial.isPending}
          onClick={() => trial.mutate()}
        >
          {t('webhooks.test')}
        </Button>
        {endpoint.parked > 0 && (
          <>
            <Button size="md" loading={again.isPending} onClick={() => again.mutate()}>
              {t('webhooks.replayParked', { count: endpoint.parked })}
            </Button>
            <Button
              size="md"
              variant="subtle"
              color="red"
              loading={drop.isPending}
              onClick={() => drop.mutate()}
            >
              {t('webhooks.dropParked')}
            </Button>
          </>
        )}
      </div>
      <p role="status" className={text.note}>
        {trial.isSuccess && t('webhooks.testSent')}
        {again.data && t('webhooks.replayed', { count: again.data.count })}
      </p>
      <Refused error={trial.error ?? again.error ?? drop.error} />
      <NativeSelect
        size="md"
        aria-label={t('webhooks.column.state')}
        value={search.state ?? ''}
        data={[
          { value: '', label: t('webhooks.anyState') },
          ...STATES.map((value) => ({ value, label: t(`webhooks.delivery.${value}`) })),
        ]}
        onChange={({ currentTarget }) => change({ state: oneOf(STATES, currentTarget.value) })}
      />
      <Loaded query={query} height={200}>
        {({ pages }) => {
          const rows = pages.flatMap(({ deliveries }) => deliveries);
          return (
            <>
              {rows.length === 0 && <p className={text.note}>{t('webhooks.logNone')}</p>}
              <ol className={record.timeline}>
                {rows.map((row) => (
                  <Message
                    key={row.id}
                    row={row}
                    timeZone={shop.timezone}
                    onOpen={() => change({ message: row.id }, { push: true })}
                  />
                ))}
              </ol>
              {query.hasNextPage && (
                <Button
                  size="md"
                  variant="default"
                  loading={query.isFetchingNextPage}
                  onClick={() => void query.fetchNextPage()}
                >
                  {t('webhooks.more')}
                </Button>
              )}
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

type MessageProps = { row: Delivery; timeZone: string; onOpen: () => void };

function Message({ row, timeZone, onOpen }: MessageProps) {
  const { t } = useTranslation();
  const moment = dateFormat(useLanguage(), { timeZone, dateStyle: 'medium', timeStyle: 'medium' });
  const last = row.last_status ?? row.last_error;
  return (
    <li>
      <div className={record.head}>
        <b>{row.event === 'test' ? t('webhooks.testMessage') : row.event}</b>
        <Pill tone={DELIVERY_TONES[row.state]} isMoving={row.state === 'waiting'}>
          {t(`webhooks.delivery.${row.state}`)}
        </Pill>
        <Button size="md" variant="subtle" onClick={onOpen}>
          {t('webhooks.open')}
        </Button>
      </div>
      <div className={text.note}>
        <time dateTime={row.occurred_at}>{moment.format(new Date(row.occurred_at))}</time>
        {` · ${t('webhooks.attempts', { count: row.attempts })}`}
        {last !== null && ` · ${last}`}
      </div>
    </li>
  );
}
