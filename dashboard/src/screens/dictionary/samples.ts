import type { Metric } from '../../parts/figures/queries';
import type { ScreenSamples } from '../../testing/screenSamples';
import type { EventKind } from './queries';

const metric = (number: number, table: string, name: string, title: string, formula: string) => ({
  number,
  table,
  name,
  title,
  formula,
  unit: 'share',
  unit_title: 'share from 0 to 1',
  grain: 'shop · day',
  source: 'events',
  freshness: 'every day',
});

/** A few of the dictionary. */
export const DICTIONARY: Metric[] = [
  metric(
    ...([10, 'cohort_day', 'retention', 'Day-N retention'] as const),
    'of the cohort of day c, active on day c + N ÷ cohort size',
  ),
  metric(
    ...([14, 'funnel_day', 'step_rate', 'Step rate'] as const),
    'users who took the next step within 7 days ÷ users at the step',
  ),
  metric(
    ...([41, 'rfm_day', 'segment', 'RFM segment'] as const),
    'recency, frequency and money of 365 days in quintiles within the shop',
  ),
  metric(...([46, 'source_day', 'roas', 'ROAS'] as const), 'net sales attributed ÷ cost'),
  metric(
    ...([24, 'shop_kpi_day', 'net_sales_minor', 'Net sales'] as const),
    'gross sales − discounts − returns',
  ),
  metric(
    ...([49, 'service_hour', 'uptime', 'Uptime'] as const),
    '1 − minutes with no heartbeat for over 60 s ÷ minutes',
  ),
];

export const EVENTS: EventKind[] = [
  {
    name: 'order_paid',
    title: 'Paid orders',
    group: 'order',
    version: 1,
    props: null,
    is_platform: true,
    emitted_by: ['stars', 'transfer'],
  },
  {
    name: 'goal_reached',
    title: 'Goals reached',
    group: 'external',
    version: 1,
    props: null,
    is_platform: false,
    emitted_by: [],
  },
];

/** What the API says of the same in Russian. */
const IN_RUSSIAN = [
  ['Удержание дня N', 'из когорты дня c активны в день c + N ÷ размер когорты'],
  ['Переход между шагами', 'сделали следующий шаг за 7 дней ÷ были на шаге'],
  ['RFM-сегмент', 'давность, частота и деньги за 365 дней, пятые доли внутри магазина'],
  ['ROAS', 'чистые продажи источника ÷ расход'],
  ['Чистые продажи', 'валовые − скидки − возвраты'],
  ['Доступность', '1 − минуты без пульса дольше 60 с ÷ минуты'],
] as const;
const RUSSIAN = DICTIONARY.map((each, index) => ({
  ...each,
  title: IN_RUSSIAN[index]?.[0],
  formula: IN_RUSSIAN[index]?.[1],
  unit_title: 'доля от 0 до 1',
  grain: 'магазин · день',
  freshness: 'каждый день',
}));

export default {
  answers: { 'GET /api/v1/dictionary': DICTIONARY, 'GET /api/v1/dictionary/events': EVENTS },
  pictures: { ru: { 'GET /api/v1/dictionary': RUSSIAN }, en: {} },
} satisfies ScreenSamples;
