import { read } from '../../api/client';
import type { components } from '../../api/schema';
import type { DayRange } from '../../view/view';
import { type FunnelSearch, stepsOf } from './search';

type Schemas = components['schemas'];
export type FunnelAnswer = Schemas['FunnelAnswer'];
export type FunnelPart = Schemas['FunnelPart'];
export type StepUsers = Schemas['StepUsers'];

export const funnelQuery = (shopId: number, days: DayRange, search: FunnelSearch) =>
  read('/api/v1/shops/{shop_id}/funnel', {
    params: {
      path: { shop_id: shopId },
      query: {
        ...days,
        steps: stepsOf(search).chosen.join(','),
        within_days: Number(search.within ?? 7),
        by: search.by,
        variant: search.clean ? 'clean' : 'raw',
      },
    },
  });
