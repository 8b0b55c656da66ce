import type { ScreenSamples } from '../../testing/screenSamples';
import type { Alert, Link, LogEntry, OwnerChat, Session } from './queries';

export const OWN: Link = {
  id: 1,
  label: 'Ольга',
  role: 'owner',
  shop_ids: null,
  state: 'active',
  origin: 'command',
  made_by: null,
  replaced_by: null,
  created_at: '2026-11-01T09:00:00Z',
  expires_at: null,
  revoked_at: null,
  last_used_at: '2026-11-23T09:04:00Z',
  open_sessions: 1,
  is_own: true,
};

export const ANNA: Link = {
  ...OWN,
  id: 3,
  label: 'Анна',
  role: 'viewer',
  shop_ids: [1],
  origin: 'panel',
  made_by: 1,
  expires_at: '2026-12-31T21:00:00Z',
  last_used_at: '2026-11-23T08:50:00Z',
  is_own: false,
};

const MINE: Session = {
  id: 11,
  link_id: 1,
  label: 'Ольга',
  role: 'owner',
  shop_ids: null,
  is_own: true,
  created_at: '2026-11-23T07:00:00Z',
  last_seen_at: '2026-11-23T09:04:00Z',
  address: '203.0.113.7',
  network: '203.0.113.0/24',
  country: 'RU',
  agent: 'Firefox on Linux',
  end_reason: null,
};

export const HERS: Session = {
  ...MINE,
  id: 12,
  link_id: 3,
  label: 'Анна',
  role: 'viewer',
  shop_ids: [1],
  is_own: false,
  address: '198.51.100.20',
  network: '198.51.100.0/24',
  country: 'GE',
  agent: 'Chrome on Android',
};

export const TRAVEL: Alert = {
  id: 5,
  kind: 'travel',
  link_id: 3,
  label: 'Анна',
  subject: '',
  value: 4860,
  threshold: 1000,
  details: {
    kilometres: 1620,
    minutes: 20,
    countries: ['RU', 'GE'],
    networks: ['203.0.113.0/24', '198.51.100.0/24'],
  },
  times: 1,
  first_at: '2026-11-23T08:50:00Z',
  last_at: '2026-11-23T08:50:00Z',
  answer: null,
  answered_at: null,
};

export const CHAT: OwnerChat = {
  bot_id: 7000000001,
  telegram_id: 555,
  name: 'Ольга',
  link_id: 1,
  label: 'Ольга',
  shop_ids: null,
  bound_at: '2026-11-02T09:00:00Z',
};

export const ENTRY: LogEntry = {
  id: 900,
  at: '2026-11-23T09:04:00Z',
  link_id: 1,
  label: 'Ольга',
  session_id: 11,
  key_id: null,
  address: '203.0.113.7',
  network: '203.0.113.0/24',
  country: 'RU',
  agent: 'Firefox on Linux',
  method: 'GET',
  path: '/api/v1/shops/{shop_id}/customers',
  status: 200,
  decision: 'allowed',
  reasons: [],
};

const REFUSED: LogEntry = {
  ...ENTRY,
  id: 899,
  link_id: 3,
  label: 'Анна',
  session_id: 12,
  address: '198.51.100.20',
  country: 'GE',
  agent: 'Chrome on Android',
  method: 'PUT',
  path: '/api/v1/bots/{bot_id}/token',
  status: 403,
  decision: 'refused',
  reasons: ['forbidden'],
};

export const ANSWERS = {
  'GET /api/v1/access/links': [ANNA, OWN],
  'GET /api/v1/access/sessions': [MINE, HERS],
  'GET /api/v1/access/alerts': [TRAVEL],
  'GET /api/v1/access/devices': [
    {
      link_id: 3,
      label: 'Анна',
      agent: 'Chrome on Android',
      network: '198.51.100.0/24',
      country: 'GE',
      sessions: 4,
      first_seen_at: '2026-11-10T09:00:00Z',
      last_seen_at: '2026-11-23T08:50:00Z',
    },
  ],
  'GET /api/v1/access/owner-chats': [CHAT],
  'GET /api/v1/access/log': [ENTRY, REFUSED],
  'POST /api/v1/access/links': {
    ...ANNA,
    id: 9,
    label: 'Борис',
    token: 'vtr_2qW9eR4tY7uI0oP3aS6dF1gH8jK5lZ',
    path: '/enter#vtr_2qW9eR4tY7uI0oP3aS6dF1gH8jK5lZ',
  },
};

export default {
  answers: ANSWERS,
  dialogs: {
    new: ['New link'],
    made: ['New link', ['For whom', 'Борис'], 'Make the link'],
    ending: ['End all but mine'],
    alert: ['End the link'],
    bind: ['Bind my chat'],
    unbind: ['Unbind'],
    revoke: { at: '/access?link=3', presses: ['Revoke the link'] },
  },
} satisfies ScreenSamples;
