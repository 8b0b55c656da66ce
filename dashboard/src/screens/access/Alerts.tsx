import { Button, Card } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { Confirm } from '../../ui/dialog/Dialog';
import { Loaded } from '../../ui/page/Loaded';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import styles from './access.module.css';
import { ALERT_ANSWER, type Alert, alertsQuery, useAccessChange } from './queries';
import { Refusal } from './Refusal';
import { useAccessWords } from './words';

/** What looks wrong and waits for an answer; nothing at all if nothing does. */
export function Alerts() {
  const { t } = useTranslation();
  const query = useQuery(alertsQuery);
  if (!query.data?.length && !query.isError) return null;
  return (
    <Card withBorder component="section" aria-labelledby="access-alerts">
      <h2 className={text.h2} id="access-alerts">
        {t('access.alerts')}
      </h2>
      <Loaded query={query} height={120}>
        {(alerts) => (
          <ul className={styles.list}>
            {alerts.map((alert) => (
              <Item key={alert.id} alert={alert} />
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}

function Item({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const words = useAccessWords();
  const [isAsked, setAsked] = useState(false);
  const answer = useAccessChange(
    (said: 'was_me' | 'revoked') =>
      send('post', ALERT_ANSWER, {
        params: { path: { alert_id: alert.id } },
        body: { answer: said },
      }),
    () => setAsked(false),
  );
  const { link_id } = alert;
  const name = link_id === null ? '' : words.nameOf(alert.label, link_id);
  const places = words.alertPlaces(alert);
  return (
    <li>
      <b>{[words.alertTitle(alert), name].filter(Boolean).join(': ')}</b>
      <p>{words.alertWhat(alert)}</p>
      <p className={text.note}>
        {places && `${places} · `}
        <time dateTime={alert.last_at}>{words.at(alert.last_at)}</time>
        {alert.times > 1 && ` · ${t('access.times', { count: alert.times })}`}
      </p>
      {!isAsked && <Refusal error={answer.error} />}
      <div className={record.buttons}>
        <Button
          variant="default"
          loading={answer.isPending && !isAsked}
          onClick={() => answer.mutate('was_me')}
        >
          {t(link_id === null ? 'access.haveRead' : 'access.wasMe')}
        </Button>
        {link_id !== null && (
          <Button variant="default" color="red" onClick={() => setAsked(true)}>
            {t('access.endLink')}
          </Button>
        )}
      </div>
      <Confirm
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        title={t('access.revokeTitle', { name })}
        action={t('access.endLink')}
        isDangerous
        isPending={answer.isPending}
        error={null}
        onConfirm={() => answer.mutate('revoked')}
      >
        <p>{t('access.endLinkWhat')}</p>
        <Refusal error={answer.error} />
      </Confirm>
    </li>
  );
}
