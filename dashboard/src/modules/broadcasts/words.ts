import { useTranslation } from 'react-i18next';
import { formatCount, formatMoney, formatShare, NONE } from '../../format/money';
import { useLanguage } from '../../i18n';
import type { Tone } from '../../ui/Pill';
import type { Shown } from './queries';

type TextResult = Shown['result']['texts'][number];
type Count = 'people' | 'delivered' | 'clicked' | 'buyers' | 'blocks' | 'waiting';

const TONES: Record<Shown['broadcast']['state'], Tone> = {
  draft: 'plain',
  scheduled: 'waiting',
  sending: 'waiting',
  done: 'good',
  cancelled: 'bad',
};

/** What became of a broadcast, in words: of all its texts, or of one. */
export function useBroadcastWords() {
  const { t } = useTranslation();
  const language = useLanguage();
  const count = (texts: readonly TextResult[], name: Count) =>
    texts.reduce((sum, each) => sum + each[name], 0);
  const soldOf = (texts: readonly TextResult[]) => {
    const byCurrency = new Map<string, number>();
    for (const { currency, net_minor } of texts.flatMap(({ sold }) => sold))
      byCurrency.set(currency, (byCurrency.get(currency) ?? 0) + net_minor);
    const sums = [...byCurrency].map(([currency, minor]) => formatMoney(minor, currency, language));
    return sums.join(' + ') || NONE;
  };
  const shareOf = (part: number, whole: number) =>
    whole > 0
      ? `${formatCount(part, language)} (${formatShare(part / whole, language)})`
      : formatCount(part, language);
  return {
    count,
    soldOf,
    clickedOf: (texts: readonly TextResult[]) =>
      shareOf(count(texts, 'clicked'), count(texts, 'delivered')),
    deliveredOf: (texts: readonly TextResult[]) =>
      shareOf(count(texts, 'delivered'), count(texts, 'people')),
    toneOf: ({ broadcast }: Shown) => TONES[broadcast.state],
    stateOf: ({ broadcast }: Shown) => t(`broadcasts.state.${broadcast.state}`),
  };
}
