import { Checkbox, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Module } from '../../api/model';
import { useLanguage } from '../../i18n';
import { withoutDependents, withRequired } from '../../parts/bots/bot';
import text from '../../ui/text.module.css';

type Props = { modules: Module[]; picked: string[]; onChange: (keys: string[]) => void };

/** Ticking a module ticks what it requires; unticking one unticks what requires it. */
export function ModulePicker({ modules, picked, onChange }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const titleOf = (key: string) =>
    modules.find((module) => module.key === key)?.title[language] ?? key;
  if (modules.length === 0) return <p className={text.empty}>{t('connect.noModules')}</p>;
  return (
    <Stack gap="sm">
      {modules.map(({ key, title, summary, requires }) => (
        <Checkbox
          key={key}
          label={title[language]}
          description={
            requires.length
              ? `${summary[language]} ${t('connect.requires', {
                  modules: requires.map(titleOf).join(', '),
                })}`
              : summary[language]
          }
          checked={picked.includes(key)}
          onChange={({ currentTarget }) =>
            onChange(
              currentTarget.checked
                ? withRequired(modules, [...picked, key])
                : withoutDependents(modules, picked, key),
            )
          }
        />
      ))}
    </Stack>
  );
}
