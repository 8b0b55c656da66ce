import { Radio, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Template } from '../../api/model';
import { useLanguage } from '../../i18n';

/** The owner ticks the modules themselves. */
export const OWN_CHOICE = '';

type Props = { templates: Template[]; picked: string; onChange: (key: string) => void };

/** What the bot begins as: a kind of shop, or the owner's own choice of modules. */
export function TemplatePicker({ templates, picked, onChange }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <Radio.Group
      value={picked}
      onChange={onChange}
      aria-label={t('connect.template')}
      description={t('connect.templateWhat')}
      mb="md"
    >
      <Stack gap="sm" mt="sm">
        {templates.map(({ key, title, summary }) => (
          <Radio key={key} value={key} label={title[language]} description={summary[language]} />
        ))}
        <Radio
          value={OWN_CHOICE}
          label={t('connect.ownChoice')}
          description={t('connect.ownChoiceWhat')}
        />
      </Stack>
    </Radio.Group>
  );
}
