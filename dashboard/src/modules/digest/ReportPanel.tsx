import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { SidePanel } from '../../ui/drawer/SidePanel';
import { ServerPicture } from '../../ui/file/ServerPicture';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import styles from './digest.module.css';
import type { SentReport } from './queries';

type Props = { report: SentReport | undefined; shop: Shop; onClose: () => void };

/** One digest or alert as it was sent, with its chart. */
export function ReportPanel({ report, shop, onClose }: Props) {
  const { t } = useTranslation();
  const moment = dateFormat(useLanguage(), {
    timeZone: shop.timezone,
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  return (
    <SidePanel isOpen={report !== undefined} onClose={onClose} title={t('digest.one')}>
      {report && (
        <div className={record.story}>
          <h2 className={text.h2}>{t(`digest.kind.${report.kind}`)}</h2>
          <p className={text.note}>
            <time dateTime={report.told_at}>{moment.format(new Date(report.told_at))}</time> ·{' '}
            {report.chats > 0
              ? t('digest.sentTo', { count: report.chats })
              : t('digest.sentToNobody')}
          </p>
          {report.picture && (
            <ServerPicture
              src={`/api/v1/shops/${shop.id}/files/${report.picture}`}
              alt={t('digest.chart')}
              className={styles.picture}
            />
          )}
          <p className={styles.text}>{report.text}</p>
        </div>
      )}
    </SidePanel>
  );
}
