import { Button, Code } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Shop } from '../../api/model';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Dialog } from '../../ui/dialog/Dialog';
import { Pill } from '../../ui/Pill';
import { Loaded } from '../../ui/page/Loaded';
import { Refused } from '../../ui/Refused';
import { Facts } from '../../ui/record/Facts';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { DELIVERY, deliveryQuery, useHookChange } from './queries';
import styles from './webhooks.module.css';
import { DELIVERY_TONES } from './words';

type Props = {
  shop: Shop;
  endpointId: number;
  messageId: number | undefined;
  onClose: () => void;
};

/** One message: what is sent, each attempt with the beginning of its answer, and sending again. */
export function MessagePanel({ shop, endpointId, messageId, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog
      isOpen={messageId !== undefined}
      onClose={onClose}
      title={t('webhooks.message')}
      size="lg"
    >
      {messageId !== undefined && (
        <Story key={messageId} shop={shop} endpointId={endpointId} messageId={messageId} />
      )}
    </Dialog>
  );
}

type StoryProps = { shop: Shop; endpointId: number; messageId: number };

function Story({ shop, endpointId, messageId }: StoryProps) {
  const { t } = useTranslation();
  const moment = dateFormat(useLanguage(), {
    timeZone: shop.timezone,
    dateStyle: 'medium',
    timeStyle: 'medium',
  });
  const at = (iso: string | null) => (iso ? moment.format(new Date(iso)) : null);
  const query = useQuery(deliveryQuery(shop.id, endpointId, messageId));
  const path = { shop_id: shop.id, endpoint_id: endpointId, delivery_id: messageId };
  const replay = useHookChange(() => send('post', `${DELIVERY}/replay`, { params: { path } }));
  return (
    <Loaded query={query} height={320}>
      {(message) => (
        <div className={record.story}>
          <div className={record.head}>
            <b>{message.event}</b>
            <Pill tone={DELIVERY_TONES[message.state]}>
              {t(`webhooks.delivery.${message.state}`)}
            </Pill>
          </div>
          <Facts
            facts={[
              ['webhook-id', message.message_id],
              [t('webhooks.happened'), at(message.occurred_at)],
              [t('webhooks.nextAt'), at(message.next_at)],
            ]}
          />
          {message.state !== 'waiting' && (
            <div className={record.form}>
              <Refused error={replay.error} />
              <div>
                <Button size="md" loading={replay.isPending} onClick={() => replay.mutate()}>
                  {t('webhooks.replay')}
                </Button>
              </div>
            </div>
          )}
          <div>
            <h3 className={text.h2}>{t('webhooks.body')}</h3>
            {message.body ? (
              <Code block className={styles.body} tabIndex={0}>
                {message.body}
              </Code>
            ) : (
              <p className={text.note}>{t('webhooks.noBody')}</p>
            )}
          </div>
          <div>
            <h3 className={text.h2}>{t('webhooks.log')}</h3>
            <ol className={record.timeline}>
              {message.log.map((attempt) => (
                <li key={attempt.attempt}>
                  <b>{attempt.status ?? attempt.error ?? '—'}</b>
                  {attempt.answer && <p className={text.mono}>{attempt.answer}</p>}
                  <div className={text.note}>
                    <time dateTime={attempt.at}>{at(attempt.at)}</time>
                    {` · ${t('webhooks.took', { ms: attempt.took_ms })}`}
                  </div>
                </li>
              ))}
            </ol>
          </div>
        </div>
      )}
    </Loaded>
  );
}
