import { useEffect } from 'react';
import { dayIn, deviceTimeZone } from '../format/time';
import { useView } from './useView';
import { daysOf, moved, type Preset } from './view';

/** As Plausible has them: D today, E yesterday, W a week, T thirty days, Y a year. */
const KEYS: Partial<Record<string, Preset>> = {
  KeyD: 'today',
  KeyE: 'yesterday',
  KeyW: '7d',
  KeyT: '30d',
  KeyQ: '90d',
  KeyY: '365d',
};
const STEPS: Partial<Record<string, 1 | -1>> = { ArrowLeft: -1, ArrowRight: 1 };
const OWN_KEYS =
  'input, textarea, select, [contenteditable], [role="dialog"], [role="grid"], [tabindex="0"]';

/** The period by single keys, and ← → for the days before and after. */
export function usePeriodKeys(): void {
  const { view, change } = useView();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.metaKey || event.ctrlKey || event.altKey || target.closest?.(OWN_KEYS)) return;
      const preset = KEYS[event.code];
      if (preset) change({ period: preset, range: undefined });
      const step = STEPS[event.code];
      if (!step) return;
      const now = new Date();
      const zone = deviceTimeZone();
      const before = daysOf(view, zone, now);
      const range = moved(before, step, dayIn(zone, now));
      if (range !== before) change({ period: 'custom', range });
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });
}
