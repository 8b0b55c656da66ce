import { Button, type ButtonProps } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Refused } from '../Refused';
import { useDownload } from './useDownload';

type Props = {
  href: string;
  /** The file's name, where the server gives it none. */
  name?: string;
  children: ReactNode;
};

/** A file of our server, as a link within text; where it may not be had, why stands after it. */
export function FileLink({ href, name, className, children }: Props & { className?: string }) {
  const file = useDownload();
  return (
    <>
      <a
        href={href}
        className={className}
        download={name ?? true}
        onClick={file.onClick}
        aria-busy={file.isPending || undefined}
      >
        {children}
      </a>
      <Refused error={file.error} />
    </>
  );
}

/** The same as a button. */
export function FileButton({
  href,
  name,
  children,
  ...rest
}: Props & ButtonProps & { 'aria-label'?: string }) {
  const file = useDownload();
  return (
    <>
      <Button
        component="a"
        href={href}
        download={name ?? true}
        onClick={file.onClick}
        loading={file.isPending}
        size="md"
        variant="default"
        leftSection={<IconDownload size={16} aria-hidden="true" />}
        {...rest}
      >
        {children}
      </Button>
      <Refused error={file.error} />
    </>
  );
}
