import { SegmentedControl } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Period } from '../../api/contract';
import { PERIODS } from './search';

const route = getRouteApi('/shell/');

export function PeriodSwitch({ period }: { period: Period }) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const choose = (value: string) =>
    void navigate({
      search: (before) => ({
        ...before,
        period: value === '7d' || value === '30d' ? value : undefined,
      }),
    });
  return (
    <SegmentedControl
      aria-label={t('period.label')}
      value={period}
      onChange={choose}
      data={PERIODS.map((value) => ({ value, label: t(`period.${value}`) }))}
    />
  );
}
