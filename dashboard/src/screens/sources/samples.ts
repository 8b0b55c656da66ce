import type { ScreenSamples } from '../../testing/screenSamples';
import { figures } from '../compare/samples';
import { DICTIONARY } from '../dictionary/samples';
import type { Cost, MetricsAnswer, Source } from './queries';

export const SPRING: Source = {
  id: 7,
  code: 'spring',
  label: 'Канал о чае',
  campaign: 'spring',
  medium: 'post',
  created_at: '2026-11-01T09:00:00Z',
  archived_at: null,
  version: 's1',
  links: [{ bot_id: 7000000001, address: 'https://t.me/demo_tea_bot?start=spring' }],
};
export const LEAFLET: Source = {
  ...SPRING,
  id: 8,
  code: 'leaflet',
  label: '',
  campaign: '',
  medium: '',
};
export const COST: Cost = {
  source_id: 7,
  day: '2026-11-20',
  amount_minor: 500,
  currency: 'XTR',
  noted_at: '2026-11-20T09:00:00Z',
};

const value = (
  metric: string,
  key: string,
  amount: number | null,
  label: string | null = null,
) => ({
  metric,
  key,
  label,
  value: amount,
  previous: null,
  currency: null,
  is_converted: false,
  points: [],
});

export const BROUGHT: MetricsAnswer = {
  ...figures('XTR'),
  breakdown: 'source',
  series: [
    value('source_day.net_sales_minor', '7', 1200, 'spring'),
    value('source_day.users', '7', 40, 'spring'),
    value('source_day.buyers', '7', 8, 'spring'),
    value('cac_minor', '7', 12.5, 'spring'),
    value('cpa_minor', '7', 62.5, 'spring'),
    value('roas', '7', 2.4, 'spring'),
    value('source_day.net_sales_minor', '0', 300),
    value('source_day.users', '0', 15),
  ],
};

const PICTURE = '/api/v1/shops/1/sources/7/qr.svg';

export default {
  answers: {
    'GET /api/v1/shops/1/sources': { sources: [SPRING, LEAFLET], next: null },
    'GET /api/v1/shops/1/sources/7': SPRING,
    'GET /api/v1/shops/1/sources/7/costs': [COST],
    [`GET ${PICTURE}`]: '',
    'GET /api/v1/metrics/query': BROUGHT,
    'GET /api/v1/dictionary': DICTIONARY,
  },
  dialogs: { new: ['New link'], import: ['Costs from a file'] },
  panels: { source: '/sources?source=7' },
} satisfies ScreenSamples;
