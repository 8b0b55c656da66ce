import { useTranslation } from 'react-i18next';
import type { Tone } from '../../ui/Pill';
import type { OrderStatus, Stage } from './queries';

export const TONES: Record<OrderStatus, Tone> = {
  created: 'waiting',
  paid: 'good',
  held: 'bad',
  cancelled: 'plain',
  expired: 'plain',
  refunded: 'plain',
};

/** Words for codes; one that is not known is shown as it is. */
export function useOrderWords() {
  const { t, i18n } = useTranslation();
  const known = (key: string, otherwise: string) => (i18n.exists(key) ? t(key) : otherwise);
  return {
    statusOf: (status: OrderStatus) => t(`orders.status.${status}`),
    stageOf: (stage: Stage) => t(`orders.stage.${stage}`),
    methodOf: (method: string) => known(`orders.method.${method || 'none'}`, method),
    troubleOf: (trouble: string) => {
      const [, status] = /^already_(\w+)$/.exec(trouble) ?? [];
      if (status) return t('orders.trouble.late', { status: t(`orders.status.${status}`) });
      return known(`orders.trouble.${trouble}`, trouble);
    },
    deedOf: (deed: string) => known(`orders.deed.${deed.replace('.', '_')}`, deed),
  };
}
