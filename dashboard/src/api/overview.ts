import { read } from './client';
import type { Period } from './model';

/** `shops` empty: every shop the link may see. */
export type OverviewView = { shops: number[]; period: Period };

export const queryOf = ({ shops, period }: OverviewView) => ({
  ...(shops.length ? { shops: shops.join(',') } : {}),
  period,
});

export const overviewQuery = (view: OverviewView) =>
  read('/api/v1/overview', { params: { query: queryOf(view) } });

export const liveUrl = (view: OverviewView) => `/api/v1/live?${new URLSearchParams(queryOf(view))}`;
