import { useMutation } from '@tanstack/react-query';
import type { MouseEvent } from 'react';
import { takeFile } from '../../api/download';
import { saveFile } from './saveFile';

/** Takes the file that a link leads to, once the server has said that it may be had; `error` is its
 * refusal, in words, and `pending` the address that is being asked for. */
export function useDownload() {
  const take = useMutation({
    mutationFn: ({ address }: { address: string; name: string }) => takeFile(address),
    onSuccess: (held, { address, name }) => {
      if (held) return saveFile(name || held.name, held.body);
      const link = document.createElement('a');
      link.href = address;
      link.download = name;
      link.click();
    },
  });
  const onClick = (event: MouseEvent<HTMLAnchorElement>) => {
    event.preventDefault();
    const { currentTarget: link } = event;
    const address = link.getAttribute('href');
    if (address && !take.isPending) take.mutate({ address, name: link.download });
  };
  const pending = take.isPending ? take.variables.address : undefined;
  return { onClick, error: take.error, isPending: take.isPending, pending };
}
