import { useQuery } from '@tanstack/react-query';
import { type ComponentProps, useEffect, useState } from 'react';
import { bearer } from '../../api/bearer';
import { holdFile } from '../../api/download';
import { Refused } from '../Refused';
import { useDownload } from './useDownload';

type Props = Omit<ComponentProps<'img'>, 'src' | 'alt'> & { src: string; alt: string };

/** A picture of our server. Inside Telegram the browser would ask for it without the session, so
 * the page asks for it itself. */
export const ServerPicture = (props: Props) =>
  bearer() ? <HeldPicture key={props.src} {...props} /> : <img {...props} alt={props.alt} />;

function HeldPicture({ src, alt, ...rest }: Props) {
  const { data } = useQuery({
    queryKey: ['picture', src],
    queryFn: () => holdFile(src),
  });
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    if (!data) return;
    const made = URL.createObjectURL(data.body);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [data]);
  return <img {...rest} src={address} alt={alt} />;
}

/** A picture that opens in its own size. */
export function OpenedPicture({ src, ...rest }: Props) {
  const file = useDownload();
  return (
    <>
      <a
        href={src}
        target="_blank"
        rel="noreferrer"
        onClick={bearer() ? file.onClick : undefined}
        aria-busy={file.isPending || undefined}
      >
        <ServerPicture src={src} {...rest} />
      </a>
      <Refused error={file.error} />
    </>
  );
}
