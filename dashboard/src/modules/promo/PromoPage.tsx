import { Button, NativeSelect } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../../api/queries';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { ModulePage } from '../../parts/modules/ModulePage';
import type { ModuleBot } from '../../parts/modules/useModuleBots';
import layout from '../../ui/layout.module.css';
import { Pill } from '../../ui/Pill';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { type Column, DataTable } from '../../ui/table/DataTable';
import { Filters } from '../../ui/table/Filters';
import { pagesOf } from '../../ui/table/pages';
import { SearchField } from '../../ui/table/SearchField';
import { useScreenSearch } from '../../view/useScreenSearch';
import { CodePanel } from './CodePanel';
import { ImportCodes } from './ImportCodes';
import { codesQuery, type PromoCode } from './queries';
import { type PromoSearch, parsePromoSearch } from './search';
import { usePromoWords } from './words';

type Change = (part: Partial<PromoSearch>, options?: { push?: boolean }) => void;

/** Promo codes of a shop: what each gives, and what came of it. */
export function PromoPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parsePromoSearch);
  return (
    <ModulePage
      moduleKey="promo"
      title={t('promo.title')}
      chosen={search.bot}
      onChoose={(bot) => change({ bot, code: undefined })}
    >
      {(current) => <Codes current={current} search={search} change={change} />}
    </ModulePage>
  );
}

type Props = { current: ModuleBot; search: PromoSearch; change: Change };

function Codes({ current: { shop, bot }, search, change }: Props) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const isOwner = me?.role === 'owner';
  const query = useInfiniteQuery(codesQuery(bot.id, search));
  const columns = useColumns(shop.timezone);
  const isNarrowed = search.state !== undefined || search.query !== undefined;
  return (
    <div className={layout.stack}>
      <Filters>
        <SearchField
          label={t('promo.search')}
          value={search.query}
          onFind={(words) => change({ query: words })}
        />
        <NativeSelect
          size="md"
          aria-label={t('promo.column.state')}
          value={search.state ?? ''}
          data={[
            { value: '', label: t('promo.any') },
            { value: 'active', label: t('promo.state.on') },
            { value: 'off', label: t('promo.state.off') },
          ]}
          onChange={({ currentTarget: { value } }) =>
            change({ state: value === 'active' || value === 'off' ? value : undefined })
          }
        />
        {isOwner && (
          <Button
            size="md"
            leftSection={<IconPlus size={18} aria-hidden="true" />}
            onClick={() => change({ code: 'new' }, { push: true })}
          >
            {t('promo.new')}
          </Button>
        )}
        {isOwner && <ImportCodes botId={bot.id} />}
      </Filters>
      <Loaded query={query} height={480}>
        {({ pages }) => (
          <DataTable
            label={t('promo.title')}
            columns={columns}
            rows={pages.flatMap(({ codes }) => codes)}
            keyOf={({ id }) => id}
            onOpen={isOwner ? ({ id }) => change({ code: id }, { push: true }) : undefined}
            {...pagesOf(query)}
            download={
              isOwner ? { csv: `/api/v1/bots/${bot.id}/modules/promo/codes.csv` } : undefined
            }
            empty={
              isNarrowed ? (
                <Empty title={t('promo.noneSuch')} />
              ) : (
                <Empty title={t('promo.none')} what={t('promo.noneWhat')} />
              )
            }
          />
        )}
      </Loaded>
      <CodePanel
        shop={shop}
        bot={bot}
        code={search.code}
        onClose={() => change({ code: undefined })}
      />
    </div>
  );
}

function useColumns(timeZone: string): Column<PromoCode>[] {
  const { t } = useTranslation();
  const words = usePromoWords();
  const moment = dateFormat(useLanguage(), { timeZone, dateStyle: 'medium' });
  return [
    {
      id: 'code',
      title: t('promo.column.code'),
      width: 170,
      cell: ({ code }) => <b>{code}</b>,
      value: ({ code }) => code,
      onPhone: 'title',
    },
    {
      id: 'gives',
      title: t('promo.column.gives'),
      width: 150,
      cell: words.givesOf,
      value: words.givesOf,
    },
    {
      id: 'state',
      title: t('promo.column.state'),
      width: 120,
      cell: (code) => <Pill tone={words.toneOf(code)}>{words.stateOf(code)}</Pill>,
      value: words.stateOf,
    },
    {
      id: 'uses',
      title: t('promo.column.uses'),
      width: 120,
      isNumber: true,
      cell: words.usesOf,
      value: words.usesOf,
    },
    {
      id: 'discount',
      title: t('promo.column.discount'),
      width: 130,
      isNumber: true,
      cell: words.discountOf,
      value: words.discountOf,
    },
    {
      id: 'sales',
      title: t('promo.column.sales'),
      width: 130,
      isNumber: true,
      cell: words.salesOf,
      value: words.salesOf,
    },
    {
      id: 'ends',
      title: t('promo.column.ends'),
      width: 130,
      cell: ({ ends_at }) =>
        ends_at ? (
          <time dateTime={ends_at}>{moment.format(new Date(ends_at))}</time>
        ) : (
          t('promo.endless')
        ),
      value: ({ ends_at }) => ends_at ?? null,
    },
  ];
}
