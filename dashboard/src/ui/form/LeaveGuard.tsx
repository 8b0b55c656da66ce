import { useBlocker } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Confirm } from '../dialog/Dialog';

/** Asks before a half-filled form is left, by a link, the back button or the window's close. */
export function LeaveGuard({ isChanged }: { isChanged: boolean }) {
  const { t } = useTranslation();
  const { status, proceed, reset } = useBlocker({
    // Another view of the same screen keeps the form as it is.
    shouldBlockFn: ({ current, next }) => isChanged && current.pathname !== next.pathname,
    enableBeforeUnload: isChanged,
    withResolver: true,
  });
  return (
    <Confirm
      isOpen={status === 'blocked'}
      onClose={() => reset?.()}
      title={t('form.leave')}
      action={t('form.leaveDo')}
      isDangerous
      isPending={false}
      error={null}
      onConfirm={() => proceed?.()}
    >
      {t('form.leaveWhat')}
    </Confirm>
  );
}
