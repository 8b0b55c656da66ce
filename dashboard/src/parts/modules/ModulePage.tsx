import { NativeSelect } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { LinkButton } from '../../ui/LinkButton';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { Page } from '../../ui/page/Page';
import { useBotName } from '../bots/bot';
import { type ModuleBot, useModuleBots } from './useModuleBots';

type Props = {
  moduleKey: string;
  title: string;
  /** The bot of the address, by its id. */
  chosen: number | undefined;
  onChoose: (botId: number) => void;
  actions?: ReactNode;
  children: (current: ModuleBot) => ReactNode;
};

/** A module's screen, of one bot at a time; says what to do where no bot has the module. */
export function ModulePage({ moduleKey, title, chosen, onChoose, actions, children }: Props) {
  const { t } = useTranslation();
  const botName = useBotName();
  const { shops, bots = [], current } = useModuleBots(moduleKey, chosen);
  const nameOf = ({ shop, bot }: ModuleBot) => {
    const isOnly = bots.filter((each) => each.shop.id === shop.id).length === 1;
    return isOnly ? shop.name : `${shop.name} · ${botName(bot)}`;
  };
  return (
    <Page title={title} actions={actions}>
      {current && bots.length > 1 && (
        <NativeSelect
          size="md"
          maw={360}
          label={t('moduleBot.label')}
          value={String(current.bot.id)}
          data={bots.map((each) => ({ value: String(each.bot.id), label: nameOf(each) }))}
          onChange={({ currentTarget }) => onChoose(Number(currentTarget.value))}
        />
      )}
      <Loaded query={shops} height={320}>
        {() =>
          current ? (
            <div key={current.bot.id}>{children(current)}</div>
          ) : (
            <Empty title={t('moduleBot.none')} what={t('moduleBot.noneWhat')}>
              <LinkButton to="/shops">{t('moduleBot.toShops')}</LinkButton>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}
