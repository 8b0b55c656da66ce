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

const LIST = 'GET /api/v1/shops/1/products';

export default {
  answers: {
    'GET /api/shops': [TEA, ...SHOPS.slice(1)],
    [LIST]: { products: [PUER, CUP], next: null },
    [`${LIST}/5`]: PUER,
    'GET /api/v1/shops/1/categories': CATEGORIES,
  },
  dialogs: {
    new: ['New product'],
    categories: ['Categories'],
    import: ['From a CSV file'],
  },
} satisfies ScreenSamples;
