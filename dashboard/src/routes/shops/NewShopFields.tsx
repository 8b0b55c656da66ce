import { NativeSelect, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Language, NewShop } from '../../api/contract';
import { currencyCodes } from '../../format/money';
import type { FieldErrors } from './ConnectForm';

/** First in the list; every other code follows. */
const USUAL = ['XTR', 'RUB', 'USD', 'EUR', 'KZT', 'BYN', 'UAH', 'UZS', 'GEL', 'AMD', 'TRY', 'GBP'];
const TIME_ZONES = Intl.supportedValuesOf('timeZone');

type Props = { value: NewShop; onChange: (value: NewShop) => void; errors: FieldErrors };

export function NewShopFields({ value, onChange, errors }: Props) {
  const { t } = useTranslation();
  const zones = TIME_ZONES.includes(value.timezone) ? TIME_ZONES : [value.timezone, ...TIME_ZONES];
  return (
    <div className="fields">
      <TextInput
        label={t('newShop.name')}
        required
        maxLength={100}
        value={value.name}
        error={errors.name}
        onChange={({ currentTarget }) => onChange({ ...value, name: currentTarget.value })}
      />
      <NativeSelect
        label={t('newShop.currency')}
        description={t('newShop.currencyWhat')}
        data={[...USUAL, ...currencyCodes().filter((code) => !USUAL.includes(code))].map(
          (code) => ({
            value: code,
            label: code === 'XTR' ? t('currency.XTR') : code,
          }),
        )}
        value={value.currency}
        error={errors.currency}
        onChange={({ currentTarget }) => onChange({ ...value, currency: currentTarget.value })}
      />
      <NativeSelect
        label={t('newShop.timezone')}
        description={t('newShop.timezoneWhat')}
        data={zones}
        value={value.timezone}
        error={errors.timezone}
        onChange={({ currentTarget }) => onChange({ ...value, timezone: currentTarget.value })}
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
