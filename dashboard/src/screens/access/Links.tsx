import { Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import layout from '../../ui/layout.module.css';
import { Pill } from '../../ui/Pill';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { type Column, DataTable } from '../../ui/table/DataTable';
import text from '../../ui/text.module.css';
import styles from './access.module.css';
import { type Link, linksQuery } from './queries';
import type { AccessSearch } from './search';
import { STATE_TONES, useAccessWords } from './words';

export type Change = (part: Partial<AccessSearch>, options?: { push?: boolean }) => void;

/** The links that one manages, the newest first. */
export function Links({ search, change }: { search: AccessSearch; change: Change }) {
  const { t } = useTranslation();
  const { nameOf } = useAccessWords();
  const query = useQuery(linksQuery(search.ended ?? false));
  const columns = useColumns();
  return (
    <section className={layout.stack} aria-labelledby="access-links">
      <h2 className={text.h2} id="access-links">
        {t('access.links')}
      </h2>
      <Switch
        size="md"
        label={t('access.withEnded')}
        checked={search.ended ?? false}
        onChange={({ currentTarget }) => change({ ended: currentTarget.checked || undefined })}
      />
      <Loaded query={query} height={220}>
        {(links) => (
          <DataTable
            label={t('access.links')}
            columns={columns}
            rows={links}
            keyOf={({ id }) => id}
            nameOf={({ label, id }) => nameOf(label, id)}
            onOpen={({ id }) => change({ link: id }, { push: true })}
            asOf={query.dataUpdatedAt}
            empty={<Empty title={t('access.noLinks')} what={t('access.noLinksWhat')} />}
          />
        )}
      </Loaded>
    </section>
  );
}

function useColumns(): Column<Link>[] {
  const { t } = useTranslation();
  const words = useAccessWords();
  const stateOf = ({ state }: Link) => t(`access.state.${state}`);
  return [
    {
      id: 'label',
      title: t('access.column.who'),
      width: 200,
      cell: (link) => (
        <span className={styles.who}>
          <b>{words.nameOf(link.label, link.id)}</b>
          {link.is_own && <Pill>{t('access.own')}</Pill>}
        </span>
      ),
      value: ({ label, id }) => words.nameOf(label, id),
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
      id: 'shops',
      title: t('access.shops'),
      width: 180,
      cell: ({ shop_ids }) => words.shopsOf(shop_ids),
      value: ({ shop_ids }) => words.shopsOf(shop_ids),
    },
    {
      id: 'state',
      title: t('access.column.state'),
      width: 140,
      cell: (link) => <Pill tone={STATE_TONES[link.state]}>{stateOf(link)}</Pill>,
      value: stateOf,
    },
    {
      id: 'ends',
      title: t('access.column.ends'),
      width: 150,
      isSortable: true,
      cell: ({ expires_at }) => words.endOf(expires_at),
      value: ({ expires_at }) => expires_at,
    },
    {
      id: 'used',
      title: t('access.column.used'),
      width: 150,
      isSortable: true,
      cell: ({ last_used_at }) => words.at(last_used_at),
      value: ({ last_used_at }) => last_used_at,
    },
    {
      id: 'inNow',
      title: t('access.column.inNow'),
      width: 100,
      isNumber: true,
      cell: ({ open_sessions }) => open_sessions,
      value: ({ open_sessions }) => open_sessions,
    },
  ];
}
