import { useTranslation } from 'react-i18next';
import type { Freshness, Shop } from '../../api/model';
import { Pill } from '../../ui/Pill';
import text from '../../ui/text.module.css';
import { ScreenLink } from '../../view/ScreenLink';
import { FreshnessLine } from './FreshnessLine';
import styles from './overview.module.css';

type Props = { shops: Shop[]; freshness: Freshness; asOf: string };

/** Whether the bots work, when the last event came, and how old the figures are. */
export function StatusStrip({ shops, freshness, asOf }: Props) {
  const { t } = useTranslation();
  const bots = shops.filter(({ archived_at }) => !archived_at).flatMap((shop) => shop.bots);
  const running = bots.filter(({ state }) => state === 'running').length;
  const isDown = bots.some(({ state }) => state === 'failed');
  return (
    <div className={styles.strip}>
      {bots.length > 0 && (
        <ScreenLink to="/shops" className={text.link}>
          <Pill tone={running === bots.length ? 'good' : isDown ? 'bad' : 'waiting'}>
            {t('strip.bots', { running, count: bots.length })}
          </Pill>
        </ScreenLink>
      )}
      <FreshnessLine freshness={freshness} asOf={asOf} />
    </div>
  );
}
