import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { Confirm } from '../../ui/dialog/Dialog';
import layout from '../../ui/layout.module.css';
import { Pill } from '../../ui/Pill';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { type Column, DataTable } from '../../ui/table/DataTable';
import text from '../../ui/text.module.css';
import styles from './access.module.css';
import {
  ONE_SESSION,
  OTHER_SESSIONS,
  type Session,
  sessionsQuery,
  useAccessChange,
} from './queries';
import { Refusal } from './Refusal';
import { useAccessWords } from './words';

/** Which one is to end: one of another, or all others. */
type Ending = Session | 'others';

/** Who is in the panel now. */
export function Sessions() {
  const { t } = useTranslation();
  const query = useQuery(sessionsQuery);
  const [ending, setEnding] = useState<Ending>();
  const columns = useColumns(setEnding);
  const hasOthers = query.data?.some(({ is_own }) => !is_own);
  return (
    <section className={layout.stack} aria-labelledby="access-sessions">
      <h2 className={text.h2} id="access-sessions">
        {t('access.sessions')}
      </h2>
      <Loaded query={query} height={220}>
        {(sessions) => (
          <DataTable
            label={t('access.sessions')}
            columns={columns}
            rows={sessions}
            keyOf={({ id }) => id}
            asOf={query.dataUpdatedAt}
            empty={<Empty title={t('access.noSessions')} what={t('access.noSessionsWhat')} />}
          />
        )}
      </Loaded>
      {hasOthers && (
        <div>
          <Button variant="default" onClick={() => setEnding('others')}>
            {t('access.endOthers')}
          </Button>
        </div>
      )}
      <EndSession ending={ending} onClose={() => setEnding(undefined)} />
    </section>
  );
}

function EndSession({ ending, onClose }: { ending: Ending | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const { nameOf } = useAccessWords();
  const end = useAccessChange(
    async (which: Ending) =>
      which === 'others'
        ? void (await send('post', OTHER_SESSIONS))
        : send('delete', ONE_SESSION, { params: { path: { session_id: which.id } } }),
    onClose,
  );
  const close = () => {
    end.reset();
    onClose();
  };
  return (
    <Confirm
      isOpen={ending !== undefined}
      onClose={close}
      title={
        typeof ending === 'object'
          ? t('access.endTitle', { name: nameOf(ending.label, ending.link_id) })
          : t('access.endOthersTitle')
      }
      action={t(typeof ending === 'object' ? 'access.end' : 'access.endOthers')}
      isDangerous
      isPending={end.isPending}
      error={null}
      onConfirm={() => ending && end.mutate(ending)}
    >
      <p>{t('access.endWhat')}</p>
      <Refusal error={end.error} />
    </Confirm>
  );
}

function useColumns(onEnd: (session: Session) => void): Column<Session>[] {
  const { t } = useTranslation();
  const words = useAccessWords();
  const nameOf = ({ label, link_id }: Session) => words.nameOf(label, link_id);
  const deviceOf = ({ agent }: Session) => agent || t('access.unknownDevice');
  return [
    {
      id: 'who',
      title: t('access.column.who'),
      width: 200,
      cell: (session) => (
        <span className={styles.who}>
          <b>{nameOf(session)}</b>
          {session.is_own && <Pill tone="good">{t('access.you')}</Pill>}
        </span>
      ),
      value: nameOf,
      onPhone: 'title',
    },
    {
      id: 'role',
      title: t('access.role'),
      width: 145,
      cell: ({ role }) => t(`role.${role}`),
      value: ({ role }) => t(`role.${role}`),
    },
    {
      id: 'device',
      title: t('access.column.device'),
      width: 170,
      cell: deviceOf,
      value: deviceOf,
    },
    {
      id: 'place',
      title: t('access.column.place'),
      width: 190,
      cell: words.placeOf,
      value: words.placeOf,
    },
    {
      id: 'since',
      title: t('access.column.since'),
      width: 150,
      cell: ({ created_at }) => words.at(created_at),
      value: ({ created_at }) => created_at,
    },
    {
      id: 'last',
      title: t('access.column.last'),
      width: 150,
      cell: ({ last_seen_at }) => words.at(last_seen_at),
      value: ({ last_seen_at }) => last_seen_at,
    },
    {
      id: 'end',
      title: t('access.column.end'),
      width: 130,
      cell: (session) =>
        session.is_own ? (
          '—'
        ) : (
          <Button
            variant="default"
            aria-label={t('access.endOf', { name: nameOf(session), device: deviceOf(session) })}
            onClick={() => onEnd(session)}
          >
            {t('access.end')}
          </Button>
        ),
      value: () => null,
    },
  ];
}
