import { useTranslation } from 'react-i18next';
import type { BotState } from '../../api/contract';

export function BotStateBadge({ state }: { state: BotState }) {
  const { t } = useTranslation();
  return (
    <span className="state" data-state={state}>
      <i aria-hidden="true" />
      {t(`botState.${state}`)}
    </span>
  );
}
