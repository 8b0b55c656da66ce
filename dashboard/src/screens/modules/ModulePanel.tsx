import { Alert } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Versioned } from '../../api/client';
import type { Bot, Shop } from '../../api/model';
import { useLanguage } from '../../i18n';
import { SidePanel } from '../../ui/drawer/SidePanel';
import { fieldsOf, type Schema } from '../../ui/form/fields';
import { FormShop } from '../../ui/form/PictureInput';
import { SchemaForm } from '../../ui/form/SchemaForm';
import { Loaded } from '../../ui/page/Loaded';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { PendingDifference } from './DifferenceList';
import { ModuleHistory } from './ModuleHistory';
import styles from './modules.module.css';
import { type BotModule, type Settings, settingsQuery } from './queries';
import { useSettings } from './useSettings';

type Props = { shop: Shop; bot: Bot; module: BotModule | undefined; onClose: () => void };

/** One module beside the cards: its settings, and who changed them when. */
export function ModulePanel({ shop, bot, module, onClose }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <SidePanel
      isOpen={module !== undefined}
      onClose={onClose}
      title={module?.title[language] ?? t('modules.settings')}
    >
      {module && (
        <div key={module.key} className={styles.panel}>
          {module.has_settings ? (
            <WithSettings shop={shop} bot={bot} module={module} />
          ) : (
            <WithoutSettings shop={shop} bot={bot} module={module} />
          )}
        </div>
      )}
    </SidePanel>
  );
}

type OneProps = { shop: Shop; bot: Bot; module: BotModule };

function WithoutSettings({ shop, bot, module: { key, is_installed } }: OneProps) {
  const { t } = useTranslation();
  return (
    <div className={record.story}>
      <p className={text.note}>{t(is_installed ? 'modules.noSettings' : 'modules.goneWhat')}</p>
      <ModuleHistory path={{ bot_id: bot.id, key }} timeZone={shop.timezone} />
    </div>
  );
}

function WithSettings(props: OneProps) {
  const query = useQuery(settingsQuery({ bot_id: props.bot.id, key: props.module.key }));
  // Not within `Loaded` once it is there: a later answer must not take the half-filled form away.
  if (query.data) return <Story {...props} first={query.data} />;
  return (
    <Loaded query={query} height={480}>
      {() => null}
    </Loaded>
  );
}

function Story({ shop, bot, module, first }: OneProps & { first: Versioned<Settings> }) {
  const { t } = useTranslation();
  const path = { bot_id: bot.id, key: module.key };
  const { settings, round, restore, save, takeTheirs, keepMine } = useSettings(path, first);
  const form = settings.form as Schema;
  const fields = useMemo(() => fieldsOf(form), [form]);
  return (
    <div className={record.story}>
      {settings.problem && (
        <Alert role="alert" color="yellow" className={text.notice} title={t('modules.misfit')}>
          {t('modules.misfitWhat', { problem: settings.problem })}
        </Alert>
      )}
      <FormShop value={shop.id}>
        <SchemaForm
          key={round}
          form={form}
          value={settings.settings}
          onSave={save}
          onTakeTheirs={() => void takeTheirs()}
          onKeepMine={keepMine}
          differenceOf={(draft) => (
            <PendingDifference before={settings.settings} after={draft} fields={fields} />
          )}
        />
      </FormShop>
      <ModuleHistory path={path} timeZone={shop.timezone} fields={fields} restore={restore} />
    </div>
  );
}
