import type { Shop } from '../api/model';
import { useView } from './useView';
import { useViewKeys } from './useViewKeys';

/** 1 to 9: one of the first shops alone; 0: all of them. */
export function useShopKeys(all: readonly Shop[] | undefined): void {
  const { change } = useView();
  useViewKeys((code) => {
    const [, digit] = /^(?:Digit|Numpad)(\d)$/.exec(code) ?? [];
    if (digit === undefined || !all) return;
    const shop = all[Number(digit) - 1];
    if (digit === '0') change({ shops: [] });
    else if (shop) change({ shops: [shop.id] });
  });
}
