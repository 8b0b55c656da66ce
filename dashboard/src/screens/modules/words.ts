import { useTranslation } from 'react-i18next';
import { ApiError } from '../../api/errors';
import { useLanguage } from '../../i18n';
import { type Field, isKept } from '../../ui/form/fields';
import type { BotModule } from './queries';

export type ModuleWords = ReturnType<typeof useModuleWords>;

/** How modules, and what is wrong with them, are said in the reader's language. */
export function useModuleWords(modules: readonly BotModule[]) {
  const { t, i18n } = useTranslation();
  const language = useLanguage();
  const titleOf = (key: string) =>
    modules.find((module) => module.key === key)?.title[language] ?? key;
  const titlesOf = (keys: readonly string[]) => keys.map(titleOf).join(', ');
  return {
    titleOf,
    titlesOf,
    /** Why the platform switched it off: a code, after a colon what it is about. */
    noticeOf: (notice: string): string => {
      const [, code = '', detail = ''] = /^(\w+)(?:: (.*))?$/s.exec(notice) ?? [];
      const key = `modules.notice.${code}`;
      if (!i18n.exists(key)) return t('modules.notice.other', { detail: notice });
      const named = detail.replace(/^\w+(, \w+)*/, (keys) => titlesOf(keys.split(', ')));
      return t(key, { detail: code === 'settings_invalid' ? detail : named });
    },
    /** A refusal that only this screen brings about, in its own words. */
    told: (error: Error | null): Error | null => {
      if (!(error instanceof ApiError) || error.explained) return error;
      const key = `modules.refused.${error.code}`;
      if (!i18n.exists(key)) return error;
      const said = t(key);
      return new ApiError({
        status: error.status,
        code: error.code,
        explained: { ru: said, en: said },
      });
    },
  };
}

/** A setting's value as text. */
export function useValueText(): (field: Field | undefined, value: unknown) => string {
  const { t } = useTranslation();
  const language = useLanguage();
  const choice = (value: unknown) => t(`form.choice.${value}`, { defaultValue: String(value) });
  const listed = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  const ofFields = (fields: Field[], value: unknown, between: string): string =>
    fields
      .map((each) => {
        const own = (value as Record<string, unknown> | null)?.[each.key];
        return `${each.title[language]}: ${textOf(each, own)}`;
      })
      .join(between);
  const textOf = (field: Field | undefined, value: unknown): string => {
    if (value === null || value === undefined || value === '') return '—';
    if (Array.isArray(value) && value.length === 0) return '—';
    if (isKept(value)) return t('form.kept', { tail: value.tail });
    if (typeof value === 'boolean') return t(value ? 'modules.yes' : 'modules.no');
    switch (field?.kind) {
      // What is typed anew is on no screen.
      case 'secret':
        return t('modules.newSecret');
      case 'bilingual': {
        const { ru = '', en = '' } = value as Record<string, string>;
        return `\n${t('language.ru')}: ${ru || '—'}\n${t('language.en')}: ${en || '—'}`;
      }
      case 'choice':
        return choice(value);
      case 'choices':
        return listed(value).map(choice).join(', ');
      case 'words':
        return listed(value).join(', ');
      case 'list':
        return listed(value)
          .map((item) => `\n${ofFields(field.item, item, ', ')}`)
          .join('');
      case 'group':
        return `\n${ofFields(field.fields, value, '\n')}`;
      case 'picture':
        return t('modules.picture', { name: String(value).slice(0, 8) });
    }
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  };
  return textOf;
}
