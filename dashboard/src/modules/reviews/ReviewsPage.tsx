import { NativeSelect } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { formatCount } from '../../format/money';
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
import { numberOf, oneOf } from '../../view/addressParts';
import { useScreenSearch } from '../../view/useScreenSearch';
import { type Review, ratingsQuery, reviewsQuery, TONES } from './queries';
import { ReviewPanel } from './ReviewPanel';
import { Stars } from './Stars';
import { parseReviewsSearch, type ReviewsSearch, STATES } from './search';

type Change = (part: Partial<ReviewsSearch>, options?: { push?: boolean }) => void;

/** What shoppers say of the goods: looked through, shown, hidden, answered. */
export function ReviewsPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseReviewsSearch);
  return (
    <ModulePage
      moduleKey="reviews"
      title={t('reviews.title')}
      chosen={search.bot}
      onChoose={(bot) => change({ bot, review: undefined, product: undefined })}
    >
      {(current) => <Reviews current={current} search={search} change={change} />}
    </ModulePage>
  );
}

type Props = { current: ModuleBot; search: ReviewsSearch; change: Change };

function Reviews({ current: { shop, bot }, search, change }: Props) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(reviewsQuery(bot.id, search));
  const columns = useColumns(shop.timezone);
  const { state, product } = search;
  return (
    <div className={layout.stack}>
      <Narrowing botId={bot.id} search={search} change={change} />
      <Loaded query={query} height={480}>
        {({ pages }) => {
          const rows = pages.flatMap(({ reviews }) => reviews);
          return (
            <>
              <DataTable
                label={t('reviews.title')}
                columns={columns}
                rows={rows}
                keyOf={({ id }) => id}
                nameOf={({ title, rating }) => t('reviews.rowName', { title, rating })}
                onOpen={({ id }) => change({ review: id }, { push: true })}
                {...pagesOf(query)}
                empty={
                  state || product ? (
                    <Empty title={t('reviews.noneSuch')} />
                  ) : (
                    <Empty title={t('reviews.none')} what={t('reviews.noneWhat')} />
                  )
                }
              />
              <ReviewPanel
                shop={shop}
                botId={bot.id}
                reviewId={search.review}
                listed={rows.find(({ id }) => id === search.review)}
                onClose={() => change({ review: undefined })}
              />
            </>
          );
        }}
      </Loaded>
    </div>
  );
}

function Narrowing({
  botId,
  search,
  change,
}: {
  botId: number;
  search: ReviewsSearch;
  change: Change;
}) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { data: ratings = [] } = useQuery(ratingsQuery(botId));
  return (
    <Filters>
      <NativeSelect
        size="md"
        aria-label={t('reviews.column.state')}
        value={search.state ?? ''}
        data={[
          { value: '', label: t('reviews.any') },
          ...STATES.map((value) => ({ value, label: t(`reviews.state.${value}`) })),
        ]}
        onChange={({ currentTarget }) => change({ state: oneOf(STATES, currentTarget.value) })}
      />
      <NativeSelect
        size="md"
        aria-label={t('reviews.column.product')}
        value={search.product === undefined ? '' : String(search.product)}
        data={[
          { value: '', label: t('reviews.anyProduct') },
          ...ratings.map(({ product_id, title, average, reviews }) => ({
            value: String(product_id),
            label:
              average === null
                ? title
                : `${title} · ${formatCount(average, language)} ★ (${formatCount(reviews, language)})`,
          })),
        ]}
        onChange={({ currentTarget }) => change({ product: numberOf(currentTarget.value) })}
      />
    </Filters>
  );
}

function useColumns(timeZone: string): Column<Review>[] {
  const { t } = useTranslation();
  const moment = dateFormat(useLanguage(), {
    timeZone,
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
  const stateOf = ({ state }: Review) => t(`reviews.state.${state}`);
  return [
    {
      id: 'product',
      title: t('reviews.column.product'),
      width: 200,
      cell: ({ title }) => <b>{title}</b>,
      value: ({ title }) => title,
      onPhone: 'title',
    },
    {
      id: 'rating',
      title: t('reviews.column.rating'),
      width: 120,
      cell: ({ rating }) => <Stars rating={rating} />,
      value: ({ rating }) => rating,
    },
    {
      id: 'state',
      title: t('reviews.column.state'),
      width: 150,
      cell: (row) => <Pill tone={TONES[row.state]}>{stateOf(row)}</Pill>,
      value: stateOf,
    },
    {
      id: 'words',
      title: t('reviews.column.words'),
      width: 320,
      cell: ({ body }) => body || '—',
      value: ({ body }) => body,
    },
    {
      id: 'at',
      title: t('reviews.column.at'),
      width: 130,
      cell: ({ created_at }) => (
        <time dateTime={created_at}>{moment.format(new Date(created_at))}</time>
      ),
      value: ({ created_at }) => created_at,
    },
  ];
}
