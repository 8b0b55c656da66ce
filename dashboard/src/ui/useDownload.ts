import { useMutation } from '@tanstack/react-query';
import type { MouseEvent } from 'react';
import { takeFile } from '../api/download';
import { saveFile } from './saveFile';

/** Takes the file that a link leads to, once the server has said that it may be had; `error` is its
 * refusal, in words, and `pending` the address that is being asked for. */
export function useDownload() {
  const take = useMutation({
    mutationFn: takeFile,
    onSuccess: (held, address) => {
      if (held) return saveFile(held.name, held.body);
      const link = document.createElement('a');
      link.href = address;
      link.download = '';
      link.click();
    },
  });
  const onClick = (event: MouseEvent<HTMLAnchorElement>) => {
    event.preventDefault();
    const address = event.currentTarget.getAttribute('href');
    if (address && !take.isPending) take.mutate(address);
  };
  const pending = take.isPending ? take.variables : undefined;
  return { onClick, error: take.error, isPending: take.isPending, pending };
}
