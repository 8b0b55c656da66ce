import { expect, test } from 'vitest';
import type { AttentionItem } from '../../api/model';
import { placeOf } from './place';

const ITEM = { shop_id: 1, bot_id: 7, at: '2026-11-23T09:00:00Z', reason: '' };

test.each([
  [{ kind: 'contact_missing' }, '/shops/settings', { shop: 1 }],
  [{ kind: 'access_alert' }, '/access', {}],
  [{ kind: 'fraud_held' }, '/fraud', { shop: 1 }],
  [
    { kind: 'module_says', module: 'orders', link: 'orders?held' },
    '/orders',
    { bot: 7, needs: true },
  ],
  [{ kind: 'module_says', module: 'support', link: 'tickets' }, '/support', { bot: 7 }],
  [{ kind: 'module_says', module: 'stock', link: 'low' }, '/catalogue', { shop: 1 }],
  [
    { kind: 'module_says', module: 'stars', link: 'settings' },
    '/modules',
    { bot: 7, module: 'stars' },
  ],
] as const)('%j is put right at %s', (item, to, search) => {
  expect(placeOf({ ...ITEM, ...item } as AttentionItem)).toEqual({ to, search });
});

test('what mends itself leads nowhere', () => {
  expect(placeOf({ ...ITEM, kind: 'updates_skipped' } as AttentionItem)).toBeNull();
});
