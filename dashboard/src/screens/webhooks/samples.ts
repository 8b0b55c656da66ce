import type { ScreenSamples } from '../../testing/screenSamples';
import type { Delivery, Endpoint } from './queries';

export const HOOK: Endpoint = {
  id: 3,
  shop_id: 1,
  label: '1C',
  url: 'https://shop.example/hooks/vitrina',
  events: ['order.paid'],
  with_personal: false,
  state: 'on',
  failures: 2,
  failing_since: '2026-11-23T08:00:00Z',
  last_error: '503',
  succeeded_at: '2026-11-23T07:00:00Z',
  former_secret_ends_at: null,
  version: 4,
  created_at: '2026-11-01T09:00:00Z',
  waiting: 1,
  parked: 2,
};

export const SENT: Delivery = {
  id: 90,
  message_id: '00000000-0000-4000-8000-000000000001',
  event: 'order.paid',
  order_id: 41,
  occurred_at: '2026-11-23T08:00:00Z',
  state: 'parked',
  attempts: 2,
  next_at: null,
  created_at: '2026-11-23T08:00:00Z',
  settled_at: '2026-11-23T08:10:00Z',
  last_status: 503,
  last_error: null,
};

const AT = '/api/v1/shops/1/webhooks';
const HOOKS = `GET ${AT}`;

export default {
  answers: {
    [`POST ${AT}`]: { ...HOOK, secret: 'whsec_2qW9eR4tY7uI0oP3aS6dF1gH8jK5lZ' },
    [HOOKS]: {
      webhooks: [HOOK],
      events: [
        { name: 'order.paid', title: { ru: 'Заказ оплачен', en: 'Order paid' } },
        { name: 'order.refunded', title: { ru: 'Деньги возвращены', en: 'Refunded' } },
      ],
      most: 10,
    },
    [`${HOOKS}/3/deliveries`]: { deliveries: [SENT], next: null },
    [`${HOOKS}/3/deliveries/90`]: {
      ...SENT,
      body: '{"type":"order.paid","data":{"order_no":7}}',
      log: [
        {
          attempt: 1,
          at: '2026-11-23T08:00:01Z',
          status: 503,
          error: null,
          took_ms: 120,
          answer: 'Service Unavailable',
        },
        {
          attempt: 2,
          at: '2026-11-23T08:10:00Z',
          status: null,
          error: 'timeout',
          took_ms: 10_000,
          answer: '',
        },
      ],
    },
  },
  dialogs: {
    new: ['New web hook'],
    made: ['New web hook', ['Name', '1C'], ['Address', 'https://shop.example/hook'], 'Make it'],
    delete: { at: '/webhooks?hook=3', presses: ['Delete'] },
  },
  panels: { hook: '/webhooks?hook=3', message: '/webhooks?hook=3&message=90' },
} satisfies ScreenSamples;
