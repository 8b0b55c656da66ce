import { NativeSelect } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { currencyCodes } from '../../format/money';

/** First in the list; every other code follows. */
const USUAL = ['XTR', 'RUB', 'USD', 'EUR', 'KZT', 'BYN', 'UAH', 'UZS', 'GEL', 'AMD', 'TRY', 'GBP'];
const TIME_ZONES = Intl.supportedValuesOf('timeZone');

type Props = {
  label: string;
  description?: string;
  value: string;
  error?: ReactNode;
  onChange: (value: string) => void;
};

/** `without`: a currency that cannot be meant. */
export function CurrencySelect({ without, onChange, ...props }: Props & { without?: string }) {
  const { t } = useTranslation();
  const codes = [...USUAL, ...currencyCodes().filter((code) => !USUAL.includes(code))];
  return (
    <NativeSelect
      {...props}
      data={codes
        .filter((code) => code !== without)
        .map((code) => ({ value: code, label: code === 'XTR' ? t('currency.XTR') : code }))}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}

export function ZoneSelect({ onChange, ...props }: Props) {
  const { value } = props;
  return (
    <NativeSelect
      {...props}
      data={TIME_ZONES.includes(value) ? TIME_ZONES : [value, ...TIME_ZONES]}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}
