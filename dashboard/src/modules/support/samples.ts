import { SHOPS, TEA } from '../../testing/samples';
import type { ScreenSamples } from '../../testing/screenSamples';
import type { TicketRow, TicketView } from './queries';

const TICKET = {
  id: 9,
  ticket_no: 4,
  buyer_no: 17,
  buyer_name: 'Анна',
  order_id: 41,
  order_no: 7,
  state: 'waiting',
  version: 'a1',
  assignee: '',
  opened_at: '2026-11-23T09:00:00Z',
  waiting_since: '2026-11-23T09:00:00Z',
  first_reply_at: null,
  last_at: '2026-11-23T09:00:00Z',
  closed_at: null,
  closed_by: '',
  rating: null,
  rating_asked_at: null,
} as const;

export const ROW: TicketRow = {
  ...TICKET,
  messages: 1,
  last_author: 'shopper',
  last_words: 'Когда придёт мой чай?',
};

export const VIEW: TicketView = {
  ticket: TICKET,
  messages: [
    {
      id: 1,
      ticket_id: 9,
      author: 'shopper',
      said_by: '',
      body: 'Когда придёт мой чай?',
      file_kind: null,
      file_name: '',
      sha256: null,
      trouble: null,
      sent_at: '2026-11-23T09:00:00Z',
    },
  ],
};

export const TEA_WITH_SUPPORT = {
  ...TEA,
  bots: TEA.bots.map((bot) => ({ ...bot, modules: [...bot.modules, 'support'] })),
};

const SUPPORT = 'GET /api/v1/bots/7000000001/modules/support';

export default {
  answers: {
    'GET /api/v1/shops': [TEA_WITH_SUPPORT, ...SHOPS.slice(1)],
    [`${SUPPORT}/tickets`]: { tickets: [ROW], next_before: null },
    [`${SUPPORT}/tickets/9`]: VIEW,
    [`${SUPPORT}/answers`]: [
      { id: 3, title: 'Shipping', text: { ru: '', en: 'In three days.' }, position: 0 },
    ],
    [`${SUPPORT}/summary`]: {
      waiting: 1,
      answered: 0,
      waiting_since: '2026-11-23T09:00:00Z',
      opened: 8,
      closed: 6,
      first_reply_seconds: 240,
      rating: 4.5,
      ratings: 4,
    },
  },
  panels: { ticket: '/support?ticket=9' },
} satisfies ScreenSamples;
