import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { read, send } from '../../api/client';
import type { Shop } from '../../api/model';
import { useSourceName } from '../../parts/sources/useSourceName';
import { CopyLink } from '../../ui/CopyLink';
import { SidePanel } from '../../ui/drawer/SidePanel';
import { FileButton } from '../../ui/file/FileLink';
import { ServerPicture } from '../../ui/file/ServerPicture';
import { LinkButton } from '../../ui/LinkButton';
import { Loaded } from '../../ui/page/Loaded';
import { Refused } from '../../ui/Refused';
import { Facts } from '../../ui/record/Facts';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { Costs } from './Costs';
import { isOfSources, ONE, type Source } from './queries';
import styles from './sources.module.css';

type Props = {
  shop: Shop;
  sourceId: number | undefined;
  mayChange: boolean;
  onClose: () => void;
};

/** One link beside the list: where it leads, its picture, what it cost. */
export function SourcePanel({ shop, sourceId, mayChange, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <SidePanel isOpen={sourceId !== undefined} onClose={onClose} title={t('sources.one')}>
      {sourceId !== undefined && (
        <Story key={sourceId} shop={shop} sourceId={sourceId} mayChange={mayChange} />
      )}
    </SidePanel>
  );
}

function Story({ shop, sourceId, mayChange }: Omit<Props, 'onClose'> & { sourceId: number }) {
  const { t } = useTranslation();
  const sourceName = useSourceName();
  const query = useQuery(
    read(ONE, { params: { path: { shop_id: shop.id, source_id: sourceId } } }),
  );
  return (
    <Loaded query={query} height={480}>
      {(source) => (
        <div className={record.story}>
          <h2 className={text.h2}>{source.label || sourceName(source.code)}</h2>
          <Facts
            facts={[
              [t('sources.field.code'), source.code],
              [t('sources.field.campaign'), source.campaign || null],
              [t('sources.field.medium'), source.medium || null],
            ]}
          />
          <Address shop={shop} source={source} />
          <div className={record.buttons}>
            <LinkButton
              to="/customers"
              variant="default"
              search={{ shops: [shop.id], source: source.code }}
            >
              {t('sources.people')}
            </LinkButton>
            <LinkButton to="/funnel" variant="default" search={{ shops: [shop.id], by: 'source' }}>
              {t('sources.funnel')}
            </LinkButton>
          </div>
          <Costs shop={shop} source={source} mayChange={mayChange} />
          {mayChange && <Archive shop={shop} source={source} />}
        </div>
      )}
    </Loaded>
  );
}

/** Where the link leads by each bot, and the picture to be printed. */
function Address({ shop, source }: { shop: Shop; source: Source }) {
  const { t } = useTranslation();
  const [first] = source.links;
  if (!first) return <p className={text.note}>{t('sources.noBot')}</p>;
  const picture = (format: 'svg' | 'png') =>
    `/api/v1/shops/${shop.id}/sources/${source.id}/qr.${format}`;
  return (
    <section aria-label={t('sources.address')} className={styles.address}>
      <ServerPicture
        className={styles.qr}
        src={picture('svg')}
        width={180}
        height={180}
        alt={t('sources.qr', { code: source.code })}
      />
      <div className={styles.links}>
        {source.links.map(({ bot_id, address }) => (
          <CopyLink key={bot_id} username={address.replace(/^https:\/\/t\.me\//, '')} />
        ))}
        <div className={record.buttons}>
          {(['png', 'svg'] as const).map((format) => (
            <FileButton key={format} href={picture(format)} name={`${source.code}.${format}`}>
              {t('sources.picture', { format: format.toUpperCase() })}
            </FileButton>
          ))}
        </div>
      </div>
    </section>
  );
}

/** Out of the list and back; its code and what it brought stay. */
function Archive({ shop, source }: { shop: Shop; source: Source }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const isArchived = source.archived_at !== null;
  const change = useMutation({
    mutationFn: () => {
      const { label = '', campaign = '', medium = '' } = source;
      return send('put', ONE, {
        params: {
          path: { shop_id: shop.id, source_id: source.id },
          header: { 'if-match': `"${source.version}"` },
        },
        body: { label, campaign, medium, is_archived: !isArchived },
      });
    },
    onSettled: () => client.invalidateQueries({ predicate: isOfSources }),
  });
  return (
    <div>
      <Button
        size="md"
        variant="default"
        loading={change.isPending}
        onClick={() => change.mutate()}
      >
        {t(isArchived ? 'sources.restore' : 'sources.archive')}
      </Button>
      <Refused error={change.error} />
    </div>
  );
}
