import type { Screen } from '../defineScreen';
import { PeriodPicker } from './PeriodPicker';
import { ShopSwitcher } from './ShopSwitcher';

/** What is looked at: which shops, which days, compared with what. One for every screen. */
export function ViewBar({ uses }: { uses: NonNullable<Screen['view']> }) {
  return (
    <>
      {uses.shops && <ShopSwitcher />}
      {uses.period && <PeriodPicker canCompare={uses.compare ?? false} />}
    </>
  );
}
