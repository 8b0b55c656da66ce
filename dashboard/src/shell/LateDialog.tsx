import { type ReactNode, Suspense, useRef } from 'react';

/** A dialog whose code is no part of the first load: it comes when it is first opened, and stays. */
export function LateDialog({ isOpen, dialog }: { isOpen: boolean; dialog: ReactNode }) {
  const wasOpen = useRef(false);
  if (isOpen) wasOpen.current = true;
  return wasOpen.current && <Suspense>{dialog}</Suspense>;
}
