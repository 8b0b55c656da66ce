import type { ScreenSamples } from '../../testing/screenSamples';
import type { ImprintDraft, StaffChat, StaffMember } from './queries';

export const IMPRINT: ImprintDraft = {
  contact: '@tea_help',
  seller: 'ИП Чайкина',
  about: { ru: 'Чай с гор.', en: 'Tea from the mountains.' },
  terms: { ru: '', en: '' },
};

export const GROUP: StaffChat = {
  bot_id: 7000000001,
  chat_id: -100500,
  title: 'Чайная: заказы',
  anyone_may_press: false,
  bound_at: '2026-11-20T09:00:00Z',
  has_topics: false,
  moved_from: null,
  topics: {},
  trouble: null,
  version: 'a1',
};

export const MEMBER: StaffMember = {
  shop_id: 1,
  telegram_id: 777,
  name: 'Мария',
  rights: ['orders', 'support'],
  added_at: '2026-11-20T09:00:00Z',
  added_by: 'Ольга',
  version: 'b2',
};

export default {
  address: '/shops/settings?shop=1',
  answers: {
    'GET /api/v1/shops/1/imprint': IMPRINT,
    'GET /api/v1/bots/7000000001/staff': { chats: [GROUP], members: [MEMBER] },
  },
  dialogs: {
    group: ['Bind a group'],
    member: ['Add somebody'],
    unbind: ['Unbind'],
    dismiss: ['Remove'],
    archive: ['Archive'],
    deletion: ['Delete for good'],
  },
} satisfies ScreenSamples;
