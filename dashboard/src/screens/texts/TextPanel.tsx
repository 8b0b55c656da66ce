import { useTranslation } from 'react-i18next';
import type { Language } from '../../api/model';
import { SidePanel } from '../../ui/drawer/SidePanel';
import record from '../../ui/record/record.module.css';
import type { Pair } from './queries';
import { TextForm } from './TextForm';

type Props = {
  path: { bot_id: number; key: string };
  /** The shop's language, which stands first. */
  first: Language;
  /** Of the bot, as the chat shows it. */
  name: string;
  pair: Pair | undefined;
  onClose: () => void;
};

/** One text beside the list, in both languages, as Telegram shows it. */
export function TextPanel({ path, first, name, pair, onClose }: Props) {
  const { t } = useTranslation();
  const languages: Language[] = first === 'ru' ? ['ru', 'en'] : ['en', 'ru'];
  return (
    <SidePanel isOpen={pair !== undefined} onClose={onClose} title={pair?.key ?? t('texts.title')}>
      {pair && (
        <div key={pair.key} className={record.story}>
          {languages.map((language) => (
            <TextForm
              key={language}
              path={{ ...path, language, text_key: pair.key }}
              text={pair[language]}
              name={name}
            />
          ))}
        </div>
      )}
    </SidePanel>
  );
}
