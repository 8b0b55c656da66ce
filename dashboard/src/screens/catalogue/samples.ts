import type { Shop } from '../../api/model';
import { SHOPS, TEA } from '../../testing/samples';
import type { ScreenSamples } from '../../testing/screenSamples';
import type { Category, Product } from './queries';

export const PUER: Product = {
  id: 5,
  shop_id: 1,
  title: 'Шу пуэр',
  description: 'Выдержан пять лет.',
  price_minor: 129_050,
  currency: 'RUB',
  stock: 7,
  kind: 'physical',
  category_id: 2,
  sku: 'PU-5',
  cost_minor: 60_000,
  is_hidden: false,
  on_sale_from: null,
  on_sale_until: null,
  low_stock: null,
  variants: [],
  photos: [],
  is_archived: false,
  position: 0,
  version: 3,
  reserved: 1,
  created_at: '2026-11-01T09:00:00Z',
  updated_at: '2026-11-02T09:00:00Z',
};

export const CUP: Product = {
  ...PUER,
  id: 6,
  title: 'Чашка',
  description: '',
  sku: null,
  stock: null,
  category_id: null,
  position: 1,
  version: 1,
  reserved: 0,
  variants: [
    { id: 61, title: '200 мл', sku: null, price_minor: null, cost_minor: null, stock: 3 },
    { id: 62, title: '400 мл', sku: null, price_minor: 149_000, cost_minor: null, stock: 0 },
  ],
};

export const CATEGORIES: Category[] = [
  { id: 1, title: 'Чай', parent_id: null, is_hidden: false, position: 0, products: 0, version: 1 },
  { id: 2, title: 'Пуэр', parent_id: 1, is_hidden: false, position: 0, products: 1, version: 1 },
];

/** Handed over by a bot. */
const RECIPES: Product = { ...PUER, id: 7, title: 'Рецепты', kind: 'digital', sku: null };
const SELLING: Shop = {
  ...TEA,
  bots: TEA.bots.map((bot) => ({ ...bot, modules: [...bot.modules, 'delivery'] })),
};
const DELIVERY = 'GET /api/v1/bots/7000000001/modules/delivery';

const LIST = 'GET /api/v1/shops/1/products';

export default {
  answers: {
    'GET /api/v1/shops': [SELLING, ...SHOPS.slice(1)],
    [LIST]: { products: [PUER, CUP, RECIPES], next: null },
    [`${LIST}/5`]: PUER,
    [`${LIST}/6`]: CUP,
    [`${LIST}/7`]: RECIPES,
    [`${DELIVERY}/keys`]: [],
    [`${DELIVERY}/products/7/goods`]: [
      { id: 3, product_id: 7, kind: 'link', title: '', content: 'https://tea.example/recipes' },
    ],
    'GET /api/v1/shops/1/categories': CATEGORIES,
  },
  dialogs: {
    new: ['New product'],
    categories: ['Categories'],
    import: ['From a CSV file'],
    noCategory: ['Categories', 'Remove Чай'],
    noVariant: { at: '/catalogue?product=6', presses: ['Remove 200 мл'] },
    noGood: { at: '/catalogue?product=7', presses: ['Remove'] },
  },
} satisfies ScreenSamples;
