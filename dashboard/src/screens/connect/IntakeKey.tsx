import { Alert, Button, Code, CopyButton } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Bot } from '../../api/model';
import { useBotName } from '../../parts/bots/bot';
import { useProblemText } from '../../ui/problem';
import text from '../../ui/text.module.css';
import styles from './connect.module.css';

const EVENT = { event: 'order_paid', amount_minor: 49900, currency: 'RUB' };

/** A call that any shop's code can make: one paid order. */
function snippet(bot: Bot, secret: string): string {
  const body = JSON.stringify({
    bot_id: bot.id,
    events: [
      {
        id: 'order-1042-paid',
        ...EVENT,
        occurred_at: new Date().toISOString(),
        telegram_id: 123456789,
        order_id: '1042',
      },
    ],
  });
  return [
    `curl ${location.origin}/v1/events \\`,
    `  -H 'Authorization: Bearer ${secret}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${body}'`,
  ].join('\n');
}

/** For an observed bot: a key by which the shop's own code tells the rest. */
export function IntakeKey({ bot }: { bot: Bot }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const label = useBotName()(bot).slice(0, 100);
  const create = useMutation({
    mutationFn: () =>
      send('post', '/api/v1/shops/{shop_id}/write-keys', {
        params: { path: { shop_id: bot.shop_id } },
        body: { label },
      }),
  });
  const call = create.data && snippet(bot, create.data.secret);
  return (
    <section className={styles.intake} aria-labelledby="intake-title">
      <h3 id="intake-title">{t('intake.title')}</h3>
      <p className={text.note}>{t('intake.what')}</p>
      {create.error && (
        <Alert role="alert" color="red" className={text.notice}>
          {problemText(create.error)}
        </Alert>
      )}
      {call ? (
        <>
          <p>{t('intake.once')}</p>
          <Code block className={styles.code}>
            {call}
          </Code>
          <CopyButton value={call}>
            {({ copied, copy }) => (
              <Button variant="default" size="md" onClick={copy}>
                {t(copied ? 'intake.copied' : 'intake.copy')}
              </Button>
            )}
          </CopyButton>
        </>
      ) : (
        <Button variant="default" loading={create.isPending} onClick={() => create.mutate()}>
          {t('intake.make')}
        </Button>
      )}
    </section>
  );
}
