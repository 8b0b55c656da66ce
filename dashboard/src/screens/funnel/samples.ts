import type { ScreenSamples } from '../../testing/screenSamples';
import { DICTIONARY } from '../dictionary/samples';
import type { FunnelAnswer, StepUsers } from './queries';

const STEPS = ['start', 'catalog', 'product', 'cart', 'checkout', 'payment', 'paid'];

export const steps = (...users: number[]): StepUsers[] =>
  users.map((count, index) => ({
    step: STEPS[index] as string,
    users: count,
    of_previous: count / (users[index - 1] ?? count),
    of_first: count / (users[0] ?? 1),
  }));

export const FUNNEL: FunnelAnswer = {
  as_of: '2026-11-24T09:00:00Z',
  first: '2026-11-23',
  last: '2026-11-23',
  timezone: 'Europe/Moscow',
  within_days: 7,
  variant: 'raw',
  by: 'source',
  is_over: false,
  steps: steps(200, 150, 120, 60, 45, 40, 30),
  parts: [
    { key: '7', label: 'spring', steps: steps(120, 100, 80, 40, 30, 28, 20) },
    { key: '0', label: null, steps: steps(80, 50, 40, 20, 15, 12, 10) },
  ],
  parts_left_off: 3,
};

export default {
  address: '/funnel?by=source',
  answers: { 'GET /api/v1/shops/1/funnel': FUNNEL, 'GET /api/v1/dictionary': DICTIONARY },
} satisfies ScreenSamples;
