import { Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, ReactNode, Ref } from 'react';
import { keepingView } from '../view/ScreenLink';

type Looks = ButtonProps &
  Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps> & {
    ref?: Ref<HTMLAnchorElement>;
  };
const Linked = createLink((props: Looks) => <Button component="a" size="md" {...props} />);

type Props = ButtonProps & {
  to: string;
  params?: Record<string, string>;
  search?: Record<string, unknown>;
  children: ReactNode;
};

/** A link to a screen that looks like a button, and takes the view along as `ScreenLink` does. */
export function LinkButton({ to, params, search, ...props }: Props) {
  return (
    <Linked
      {...props}
      to={to as never}
      params={params as never}
      search={keepingView(search) as never}
    />
  );
}
