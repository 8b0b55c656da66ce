import { dayIn, deviceTimeZone } from '../format/time';
import { useView } from './useView';
import { useViewKeys } from './useViewKeys';
import { daysOf, moved, type Preset, type View } from './view';

/** As Plausible has them: D today, E yesterday, W a week, T thirty days, Q ninety, Y a year. */
const KEYS: Partial<Record<string, Preset>> = {
  KeyD: 'today',
  KeyE: 'yesterday',
  KeyW: '7d',
  KeyT: '30d',
  KeyQ: '90d',
  KeyY: '365d',
};
const STEPS: Partial<Record<string, 1 | -1>> = { ArrowLeft: -1, ArrowRight: 1 };

/** What a key alone does: the period, M for the month so far, ← → for the days before and after,
 * and X for the comparison, on and off. Undefined: nothing. */
export function viewAfter(
  code: string,
  view: View,
  zone: string,
  now: Date,
  canCompare: boolean,
): Partial<View> | undefined {
  const preset = KEYS[code];
  if (preset) return { period: preset, range: undefined };
  const today = dayIn(zone, now);
  if (code === 'KeyM')
    return { period: 'custom', range: { from: `${today.slice(0, 8)}01`, to: today } };
  if (code === 'KeyX' && canCompare)
    return { compare: view.compare === 'none' ? 'previous' : 'none' };
  const step = STEPS[code];
  if (!step) return undefined;
  const before = daysOf(view, zone, now);
  const range = moved(before, step, today);
  return range === before ? undefined : { period: 'custom', range };
}

/** The period and its comparison by single keys. */
export function usePeriodKeys(canCompare: boolean): void {
  const { view, change } = useView();
  useViewKeys((code) => {
    const part = viewAfter(code, view, deviceTimeZone(), new Date(), canCompare);
    if (part) change(part);
  });
}
