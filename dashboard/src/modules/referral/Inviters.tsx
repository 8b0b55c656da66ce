import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Loaded } from '../../ui/page/Loaded';
import { ScrollTable } from '../../ui/table/ScrollTable';
import text from '../../ui/text.module.css';
import { invitersQuery } from './queries';

/** Whose links brought most people. */
export function Inviters({ botId }: { botId: number }) {
  const { t } = useTranslation();
  const query = useQuery(invitersQuery(botId));
  return (
    <Loaded query={query} height={200}>
      {(rows) =>
        rows.length === 0 ? null : (
          <section>
            <h2 className={text.h2}>{t('referral.inviters')}</h2>
            <ScrollTable label={t('referral.inviters')}>
              <thead>
                <tr>
                  <th scope="col">{t('referral.column.who')}</th>
                  <th scope="col">{t('referral.column.came')}</th>
                  <th scope="col">{t('referral.column.bought')}</th>
                  <th scope="col">{t('referral.column.rejected')}</th>
                </tr>
              </thead>
              <tbody>
                {rows.map(({ buyer_no, buyer_name, invited, bought, rejected }) => (
                  <tr key={buyer_no}>
                    <th scope="row">{buyer_name || t('referral.buyer', { number: buyer_no })}</th>
                    <td>{invited}</td>
                    <td>{bought}</td>
                    <td>{rejected}</td>
                  </tr>
                ))}
              </tbody>
            </ScrollTable>
          </section>
        )
      }
    </Loaded>
  );
}
