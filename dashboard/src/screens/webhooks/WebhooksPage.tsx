import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { formatCount } from '../../format/money';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { OneShopPage } from '../../parts/shops/OneShopPage';
import layout from '../../ui/layout.module.css';
import { Pill } from '../../ui/Pill';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { ShownOnce } from '../../ui/secret/ShownOnce';
import { type Column, DataTable } from '../../ui/table/DataTable';
import text from '../../ui/text.module.css';
import { useScreenSearch } from '../../view/useScreenSearch';
import { HookPanel } from './HookPanel';
import { MessagePanel } from './MessagePanel';
import { type Endpoint, hooksQuery, type NewEndpoint } from './queries';
import { parseWebhooksSearch, type WebhooksSearch } from './search';
import { HOOK_TONES } from './words';

export type Change = (part: Partial<WebhooksSearch>, options?: { push?: boolean }) => void;

const CLOSED = { hook: undefined, message: undefined, state: undefined };

/** Where a shop's orders are told to other programs, and how that went. */
export function WebhooksPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseWebhooksSearch);
  return (
    <OneShopPage
      title={t('webhooks.title')}
      chosen={search.shop}
      onChoose={(shop) => change({ shop, ...CLOSED })}
      actions={() => (
        <Button size="md" onClick={() => change({ hook: 'new' }, { push: true })}>
          {t('webhooks.new')}
        </Button>
      )}
    >
      {(shop) => <Hooks shop={shop} search={search} change={change} />}
    </OneShopPage>
  );
}

type Props = { shop: Shop; search: WebhooksSearch; change: Change };

function Hooks({ shop, search, change }: Props) {
  const { t } = useTranslation();
  const [made, setMade] = useState<NewEndpoint>();
  const query = useQuery(hooksQuery(shop.id));
  const columns = useColumns(shop.timezone);
  return (
    <Loaded query={query} height={360}>
      {({ webhooks, events, most }) => (
        <div className={layout.stack}>
          <p className={text.note}>{t('webhooks.what', { most })}</p>
          <DataTable
            label={t('webhooks.title')}
            columns={columns}
            rows={webhooks}
            keyOf={({ id }) => id}
            nameOf={({ label }) => label}
            onOpen={({ id }) => change({ hook: id }, { push: true })}
            asOf={query.dataUpdatedAt}
            empty={
              <Empty title={t('webhooks.none')} what={t('webhooks.noneWhat')}>
                <Button size="md" onClick={() => change({ hook: 'new' }, { push: true })}>
                  {t('webhooks.new')}
                </Button>
              </Empty>
            }
          />
          <HookPanel
            shop={shop}
            events={events}
            endpoint={search.hook === 'new' ? 'new' : webhooks.find(({ id }) => id === search.hook)}
            search={search}
            change={change}
            onClose={() => change(CLOSED)}
            onMade={(endpoint) => {
              setMade(endpoint);
              change({ hook: endpoint.id });
            }}
          />
          {typeof search.hook === 'number' && (
            <MessagePanel
              shop={shop}
              endpointId={search.hook}
              messageId={search.message}
              onClose={() => change({ message: undefined })}
            />
          )}
          {made && (
            <ShownOnce
              title={made.label}
              warning={t('webhooks.once')}
              secret={made.secret}
              onClose={() => setMade(undefined)}
            />
          )}
        </div>
      )}
    </Loaded>
  );
}

function useColumns(timeZone: string): Column<Endpoint>[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const moment = dateFormat(language, { timeZone, dateStyle: 'medium', timeStyle: 'short' });
  const stateOf = ({ state }: Endpoint) => t(`webhooks.state.${state}`);
  return [
    {
      id: 'label',
      title: t('webhooks.column.label'),
      width: 160,
      cell: ({ label }) => <b>{label}</b>,
      value: ({ label }) => label,
      onPhone: 'title',
    },
    {
      id: 'state',
      title: t('webhooks.column.state'),
      width: 150,
      cell: (row) => <Pill tone={HOOK_TONES[row.state]}>{stateOf(row)}</Pill>,
      value: stateOf,
    },
    {
      id: 'url',
      title: t('webhooks.column.url'),
      width: 280,
      cell: ({ url }) => url,
      value: ({ url }) => url,
    },
    {
      id: 'waiting',
      title: t('webhooks.column.waiting'),
      width: 90,
      isNumber: true,
      cell: ({ waiting }) => formatCount(waiting, language),
      value: ({ waiting }) => waiting,
    },
    {
      id: 'parked',
      title: t('webhooks.column.parked'),
      width: 110,
      isNumber: true,
      cell: ({ parked }) => formatCount(parked, language),
      value: ({ parked }) => parked,
    },
    {
      id: 'last',
      title: t('webhooks.column.last'),
      width: 150,
      cell: ({ succeeded_at }) =>
        succeeded_at ? (
          <time dateTime={succeeded_at}>{moment.format(new Date(succeeded_at))}</time>
        ) : (
          '—'
        ),
      value: ({ succeeded_at }) => succeeded_at,
    },
  ];
}
