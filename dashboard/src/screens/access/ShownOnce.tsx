import { useTranslation } from 'react-i18next';
import { ShownOnce as Shown } from '../../ui/secret/ShownOnce';
import type { NewLink } from './queries';
import { useAccessWords } from './words';

type Props = { made: NewLink | undefined; onClose: () => void };

/** A new link's address, this once. */
export function ShownOnce({ made, onClose }: Props) {
  const { t } = useTranslation();
  const { nameOf } = useAccessWords();
  return (
    made && (
      <Shown
        key={made.id}
        title={nameOf(made.label, made.id)}
        warning={t('access.once')}
        secret={`${location.origin}${made.path}`}
        onClose={onClose}
      />
    )
  );
}
