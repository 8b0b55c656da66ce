import type { ScreenSamples } from '../../testing/screenSamples';
import type { AnalystKey, ApiKey, WriteKey } from './queries';

export const GRAFANA: ApiKey = {
  id: 4,
  shop_ids: [1],
  label: 'Grafana',
  scope: 'figures',
  key_tail: 'x9Qa',
  made_by: 1,
  created_at: '2026-11-01T09:00:00Z',
  expires_at: '2026-12-31T21:00:00Z',
  last_used_at: '2026-11-23T09:00:00Z',
  requests: 1250,
};

export const OWN_CODE: WriteKey = {
  id: 2,
  shop_id: 1,
  label: 'Сайт',
  key_tail: 'p0Zz',
  created_at: '2026-11-01T09:00:00Z',
  last_used_at: null,
};

export const ANALYST: AnalystKey = {
  id: 6,
  label: 'Пётр',
  created_at: '2026-11-01T09:00:00Z',
  expires_at: null,
  used_at: '2026-11-22T09:00:00Z',
  revoked_at: null,
};

export default {
  answers: {
    'GET /api/v1/api-keys': [GRAFANA],
    'GET /api/v1/shops/1/write-keys': [OWN_CODE],
    'GET /api/v1/analysts/keys': [ANALYST],
    'POST /api/v1/api-keys': { ...GRAFANA, id: 5, secret: 'vtk_2qW9eR4tY7uI0oP3aS6dF1gH8jK5lZ' },
  },
  dialogs: {
    new: ['New key'],
    made: ['New key', ['Name', 'Grafana'], 'Make the key'],
    revoke: ['Revoke: Grafana'],
  },
} satisfies ScreenSamples;
