import { useMutation } from '@tanstack/react-query';
import type { MouseEvent } from 'react';
import { ensureMayTake } from '../api/download';

/** Takes the file that a link leads to, once the server has said that it may be had; `error` is its
 * refusal, in words. */
export function useDownload() {
  const take = useMutation({
    mutationFn: ensureMayTake,
    onSuccess: (_may, address) => {
      const link = document.createElement('a');
      link.href = address;
      link.download = '';
      link.click();
    },
  });
  const onClick = (event: MouseEvent<HTMLAnchorElement>) => {
    event.preventDefault();
    const address = event.currentTarget.getAttribute('href');
    if (address) take.mutate(address);
  };
  return { onClick, error: take.error, isPending: take.isPending };
}
