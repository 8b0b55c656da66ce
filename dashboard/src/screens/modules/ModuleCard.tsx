import { ActionIcon, Button, Card } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useLanguage } from '../../i18n';
import { Pill } from '../../ui/Pill';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import styles from './modules.module.css';
import type { BotModule } from './queries';
import type { ModuleWords } from './words';

/** Where the focus goes once a module has been switched. */
export const switchId = (key: string) => `switch-${key}`;

type Props = {
  module: BotModule;
  words: ModuleWords;
  mayChange: boolean;
  isPending: boolean;
  error: Error | null;
  onSwitch: () => void;
  onOpen: () => void;
  /** Moves it one place before or after its neighbour; absent at that end. */
  onEarlier?: (() => void) | undefined;
  onLater?: (() => void) | undefined;
};

/** One module: what it does, what it needs, what needs it. */
export function ModuleCard({
  module,
  words,
  mayChange,
  isPending,
  error,
  onSwitch,
  onOpen,
  onEarlier,
  onLater,
}: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { key, is_on, is_installed, notice, requires, required_by, has_settings, version } = module;
  const title = module.title[language];
  const switchName = t(is_on ? 'modules.switchOff' : 'modules.switchOn');
  const openName = t(has_settings ? 'modules.settings' : 'modules.history');
  const told = words.told(error);
  return (
    <Card withBorder component="li" className={styles.card} data-on={is_on || undefined}>
      <div className={record.head}>
        <h3 className={text.h2}>{title}</h3>
        {!is_installed && <Pill tone="bad">{t('modules.gone')}</Pill>}
      </div>
      <p className={styles.summary}>
        {is_installed ? module.summary[language] : t('modules.goneWhat')}
      </p>
      {requires.length > 0 && (
        <p className={text.note}>{t('modules.requires', { titles: words.titlesOf(requires) })}</p>
      )}
      {is_on && required_by.length > 0 && (
        <p className={text.note}>
          {t('modules.requiredBy', { titles: words.titlesOf(required_by) })}
        </p>
      )}
      {notice && <p className={styles.notice}>{words.noticeOf(notice)}</p>}
      <Refused error={told} />
      {mayChange && (
        <div className={styles.buttons}>
          {(is_on || is_installed) && (
            <Button
              id={switchId(key)}
              size="md"
              variant={is_on ? 'default' : 'filled'}
              aria-label={`${switchName}: ${title}`}
              loading={isPending}
              onClick={onSwitch}
            >
              {switchName}
            </Button>
          )}
          {(onEarlier || onLater) && (
            <div className={styles.moves}>
              <Move name={t('modules.earlier')} title={title} onMove={onEarlier}>
                <IconArrowUp size={18} aria-hidden="true" />
              </Move>
              <Move name={t('modules.later')} title={title} onMove={onLater}>
                <IconArrowDown size={18} aria-hidden="true" />
              </Move>
            </div>
          )}
          {(has_settings || version > 0) && (
            <Button
              size="md"
              variant="default"
              aria-label={`${openName}: ${title}`}
              onClick={onOpen}
            >
              {openName}
            </Button>
          )}
        </div>
      )}
    </Card>
  );
}

type MoveProps = {
  name: string;
  title: string;
  onMove: (() => void) | undefined;
  children: ReactNode;
};

function Move({ name, title, onMove, children }: MoveProps) {
  return (
    <ActionIcon
      size={44}
      variant="default"
      aria-label={`${name}: ${title}`}
      // It keeps the focus at the end of the way, where a disabled button would lose it.
      aria-disabled={onMove === undefined}
      data-disabled={onMove === undefined || undefined}
      onClick={onMove}
    >
      {children}
    </ActionIcon>
  );
}
