import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Page } from '../../ui/page/Page';
import { useScreenSearch } from '../../view/useScreenSearch';
import { AccessLog, LOG_ID } from './AccessLog';
import { Alerts } from './Alerts';
import { LinkPanel } from './LinkPanel';
import { Links } from './Links';
import { OwnerChats } from './OwnerChats';
import type { NewLink } from './queries';
import { Sessions } from './Sessions';
import { ShownOnce } from './ShownOnce';
import { parseAccessSearch } from './search';

/** Who may open the panel, who is in it now, what looks wrong, and who asked for what. */
export function AccessPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseAccessSearch);
  const [made, setMade] = useState<NewLink>();
  return (
    <Page
      title={t('access.title')}
      actions={
        <Button onClick={() => change({ link: 'new' }, { push: true })}>{t('access.new')}</Button>
      }
    >
      <Alerts />
      <Links search={search} change={change} />
      <Sessions />
      <OwnerChats />
      <AccessLog search={search} change={change} />
      <LinkPanel
        link={search.link}
        onClose={() => change({ link: undefined })}
        onMade={(link) => {
          setMade(link);
          change({ link: undefined });
        }}
        onLog={(of) => {
          change({ link: undefined, of });
          document.getElementById(LOG_ID)?.scrollIntoView();
        }}
      />
      <ShownOnce made={made} onClose={() => setMade(undefined)} />
    </Page>
  );
}
