import { infiniteQueryOptions } from '@tanstack/react-query';
import { read, send } from '../../api/client';
import type { components } from '../../api/schema';
import type { DayRange } from '../../view/view';
import type { SourcesSearch, Touch } from './search';

type Schemas = components['schemas'];
export type Source = Schemas['SourceView'];
export type Cost = Schemas['Cost'];
export type MetricsAnswer = Schemas['MetricsAnswer'];

export const LIST = '/api/v1/shops/{shop_id}/sources';
export const ONE = `${LIST}/{source_id}` as const;
export const COST = `${ONE}/costs/{day}` as const;

/** A minute is soon enough for what moves by ranks. */
const ANEW_MS = 60_000;
/** By the first link people are counted at once; by later ones, and against the cost, by the hour. */
const LIVE = ['net_sales_minor', 'new_users', 'buyers'];
const BY_HOUR = ['source_day.net_sales_minor', 'source_day.users', 'source_day.buyers'];
const OF_COST = ['cac_minor', 'cpa_minor', 'roas'];
const keysOf = (touch: Touch) => [...(touch === 'first' ? LIVE : BY_HOUR), ...OF_COST];

export const sourcesQuery = (shopId: number, { words, archived }: SourcesSearch) => {
  const query = { words, archived, limit: 200 };
  return infiniteQueryOptions({
    queryKey: [LIST, shopId, query],
    queryFn: ({ pageParam, signal }) =>
      send('get', LIST, {
        params: { path: { shop_id: shopId }, query: { ...query, after: pageParam } },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
};

/** What each link brought in some days, the hundred best sellers. */
export const figuresQuery = (shopId: number, days: DayRange, { touch, clean }: SourcesSearch) => ({
  ...read('/api/v1/metrics/query', {
    params: {
      query: {
        metrics: keysOf(touch ?? 'first').join(','),
        shops: String(shopId),
        ...days,
        grain: 'whole',
        breakdown: 'source',
        touch: touch ?? 'first',
        variant: clean ? 'clean' : 'raw',
      },
    },
  }),
  refetchInterval: ANEW_MS,
});

export const costsQuery = (shopId: number, sourceId: number) =>
  read(`${ONE}/costs`, { params: { path: { shop_id: shopId, source_id: sourceId } } });

/** Everything that shows links and what they cost. */
export const isOfSources = ({ queryKey }: { queryKey: readonly unknown[] }) =>
  String(queryKey[0]).startsWith(LIST);

/** A link and what it brought; without a link it is who came by themselves. */
export type Row = { id: number; source: Source | undefined; code: string | null } & Record<
  'sales' | 'users' | 'buyers' | 'cac' | 'cpa' | 'roas',
  number | null
>;

const NAMES = {
  net_sales_minor: 'sales',
  new_users: 'users',
  buyers: 'buyers',
  'source_day.net_sales_minor': 'sales',
  'source_day.users': 'users',
  'source_day.buyers': 'buyers',
  cac_minor: 'cac',
  cpa_minor: 'cpa',
  roas: 'roas',
} as const;
const NOTHING = { sales: null, users: null, buyers: null, cac: null, cpa: null, roas: null };

/** The links of the list with their figures, and those who came without a link. */
export function rowsOf(sources: readonly Source[], answer: MetricsAnswer | undefined): Row[] {
  const figures = new Map<number, Row>();
  for (const { key, label, metric, value } of answer?.series ?? []) {
    const name = NAMES[metric as keyof typeof NAMES];
    if (!name || !key) continue;
    const id = Number(key);
    const row = figures.get(id) ?? { id, source: undefined, code: label ?? null, ...NOTHING };
    figures.set(id, { ...row, [name]: value });
  }
  const rows = sources.map((source): Row => {
    const row = figures.get(source.id) ?? { id: source.id, code: source.code, ...NOTHING };
    return { ...row, code: source.code, source };
  });
  const direct = figures.get(0);
  return direct ? [...rows, direct] : rows;
}
