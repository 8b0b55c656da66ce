import { useBlocker } from '@tanstack/react-router';
import { useContext, useEffect, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Confirm } from '../dialog/Dialog';
import { HalfFilled } from '../drawer/halfFilled';

/** By the browser's own buttons, which close a side panel that was opened by a push. */
const BROWSER_MOVES = ['BACK', 'FORWARD', 'GO'];

/** Asks before a half-filled form is left: by a link, the back button, the window's close, or the
 * close of the side panel that it stands in. */
export function LeaveGuard({ isChanged }: { isChanged: boolean }) {
  const { t } = useTranslation();
  const id = useId();
  const panel = useContext(HalfFilled);
  useEffect(() => {
    if (!isChanged) return;
    panel?.add(id);
    return () => void panel?.delete(id);
  }, [panel, id, isChanged]);
  const { status, proceed, reset } = useBlocker({
    // Another view of the same screen keeps the form as it is.
    shouldBlockFn: ({ current, next, action }) =>
      isChanged &&
      (current.pathname !== next.pathname || (panel !== null && BROWSER_MOVES.includes(action))),
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
