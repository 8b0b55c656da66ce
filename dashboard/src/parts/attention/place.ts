import type { AttentionItem } from '../../api/model';

type Place = { to: string; search: Record<string, unknown> };

/** Modules with a screen of their own that takes a bot. */
const OWN_SCREENS: Partial<Record<string, string>> = {
  orders: '/orders',
  support: '/support',
  reviews: '/reviews',
};
/** Modules whose trouble is mended at the products. */
const OF_PRODUCTS = ['stock', 'delivery', 'catalogue'];

/** Where what needs the owner is put right; null where there is nothing to press. */
export function placeOf(item: AttentionItem): Place | null {
  const { kind, module, link, shop_id, bot_id } = item;
  switch (kind) {
    case 'contact_missing':
    case 'rate_missing':
      return { to: '/shops/settings', search: { shop: shop_id } };
    case 'fraud_held':
      return { to: '/fraud', search: { shop: shop_id } };
    case 'access_alert':
      return { to: '/access', search: {} };
    case 'webhook_failed':
    case 'webhook_parked':
      return { to: '/webhooks', search: { shop: shop_id } };
    case 'bot_failed':
    case 'bot_claimed':
    case 'bot_used_elsewhere':
      return { to: '/shops', search: {} };
    case 'module_says':
      return module ? placeOfModule(module, link ?? '', shop_id, bot_id) : null;
    default:
      return null;
  }
}

function placeOfModule(module: string, link: string, shop: number, bot: number): Place {
  const own = OWN_SCREENS[module];
  if (own && link !== 'settings') {
    const isOfOrders = module === 'orders';
    return { to: own, search: { bot, ...(isOfOrders ? { needs: true } : {}) } };
  }
  if (OF_PRODUCTS.includes(module) && link !== 'settings')
    return { to: '/catalogue', search: { shop } };
  return { to: '/modules', search: { bot, module } };
}
