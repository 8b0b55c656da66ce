import { NativeSelect, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Language, NewShop } from '../../api/model';
import { CurrencySelect, ZoneSelect } from '../../parts/bots/ShopSelects';
import layout from '../../ui/layout.module.css';
import type { FieldErrors } from './ConnectForm';

type Props = { value: NewShop; onChange: (value: NewShop) => void; errors: FieldErrors };

export function NewShopFields({ value, onChange, errors }: Props) {
  const { t } = useTranslation();
  return (
    <div className={layout.fields}>
      <TextInput
        label={t('newShop.name')}
        required
        maxLength={100}
        value={value.name}
        error={errors.name}
        onChange={({ currentTarget }) => onChange({ ...value, name: currentTarget.value })}
      />
      <CurrencySelect
        label={t('newShop.currency')}
        description={t('newShop.currencyWhat')}
        value={value.currency}
        error={errors.currency}
        onChange={(currency) => onChange({ ...value, currency })}
      />
      <ZoneSelect
        label={t('newShop.timezone')}
        description={t('newShop.timezoneWhat')}
        value={value.timezone}
        error={errors.timezone}
        onChange={(timezone) => onChange({ ...value, timezone })}
      />
      <NativeSelect
        label={t('newShop.language')}
        description={t('newShop.languageWhat')}
        data={[
          { value: 'ru', label: t('language.ru') },
          { value: 'en', label: t('language.en') },
        ]}
        value={value.language}
        error={errors.language}
        onChange={({ currentTarget }) =>
          onChange({ ...value, language: currentTarget.value as Language })
        }
      />
    </div>
  );
}
