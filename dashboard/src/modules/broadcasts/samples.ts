import { SHOPS, TEA } from '../../testing/samples';
import type { ScreenSamples } from '../../testing/screenSamples';
import type { Shown } from './queries';

const NONE_YET = {
  people: 0,
  waiting: 0,
  delivered: 0,
  blocked: 0,
  failed: 0,
  capped: 0,
  left: 0,
  gone: 0,
  cancelled: 0,
  clicked: 0,
  buyers: 0,
  blocks: 0,
};

export const SENT: Shown = {
  broadcast: {
    id: 4,
    version: 2,
    draft: {
      title: 'New harvest',
      texts: [
        { ru: 'Новый урожай уже здесь, {name}', en: 'The new harvest is here, {name}' },
        { ru: 'Первый сбор', en: 'First flush' },
      ],
    },
    state: 'done',
    created_by: 'Anna',
    created_at: '2026-11-20T09:00:00Z',
    starts_at: '2026-11-20T15:00:00Z',
    started_at: '2026-11-20T15:00:02Z',
    ended_at: '2026-11-20T15:01:40Z',
    own_from: 1_080,
  },
  result: {
    texts: [
      {
        ...NONE_YET,
        text_no: 0,
        people: 1_200,
        delivered: 1_150,
        blocked: 40,
        capped: 10,
        clicked: 230,
        buyers: 31,
        blocks: 3,
        sold: [{ currency: 'XTR', orders: 35, net_minor: 9_800 }],
      },
      {
        ...NONE_YET,
        text_no: 1,
        people: 1_180,
        delivered: 1_140,
        blocked: 36,
        failed: 4,
        clicked: 171,
        buyers: 22,
        blocks: 5,
        sold: [{ currency: 'XTR', orders: 22, net_minor: 6_100 }],
      },
    ],
  },
};

export const DRAFT: Shown = {
  broadcast: {
    ...SENT.broadcast,
    id: 5,
    state: 'draft',
    draft: { title: 'Winter', texts: [{ ru: 'Зима', en: 'Winter' }] },
    starts_at: null,
    started_at: null,
    ended_at: null,
    own_from: null,
  },
  result: { texts: [] },
};

export const TEA_WITH_BROADCASTS = {
  ...TEA,
  bots: TEA.bots.map((bot) => ({ ...bot, modules: [...bot.modules, 'broadcasts'] })),
};

export const GROUPS = {
  segments: { champions: 12, lost: 40 },
  groups: [{ key: 'cart.left', title_ru: 'Оставили корзину', title_en: 'Left a cart', people: 7 }],
};

export const PREVIEW = {
  people: 2_380,
  starts_at: '2026-11-30T12:00:00Z',
  ends_at: '2026-11-30T12:01:36Z',
  seconds: 96,
};

const MODULE = '/api/v1/bots/7000000001/modules/broadcasts';

export default {
  answers: {
    'GET /api/v1/shops': [TEA_WITH_BROADCASTS, ...SHOPS.slice(1)],
    [`GET ${MODULE}/broadcasts`]: { broadcasts: [DRAFT, SENT], next_before: null },
    [`GET ${MODULE}/broadcasts/5`]: DRAFT,
    [`GET ${MODULE}/broadcasts/6`]: {
      ...DRAFT,
      broadcast: { ...DRAFT.broadcast, id: 6, state: 'scheduled' },
    },
    [`GET ${MODULE}/groups`]: GROUPS,
    [`POST ${MODULE}/preview`]: PREVIEW,
  },
  dialogs: {
    new: ['New broadcast'],
    send: { at: '/broadcasts?broadcast=5', presses: ['Send'] },
    cancel: { at: '/broadcasts?broadcast=6', presses: ['Cancel the broadcast'] },
  },
} satisfies ScreenSamples;
