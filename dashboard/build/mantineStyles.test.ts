import { expect, test } from 'vitest';
import { namesIn, stylesOf } from './mantineStyles';

test('whatever a file imports from the kit is seen, types are not', () => {
  const source = `import { Button, type ButtonProps, Modal as Kit } from '@mantine/core';
import {
  Popover,
} from '@mantine/core';
import { Modal as Other } from './elsewhere';`;
  expect(namesIn(source)).toEqual(['Button', 'Modal', 'Popover']);
});

test('a dialog brings the styles of all that it is made of, its own after theirs', () => {
  const styles = stylesOf(['Modal']);
  for (const part of ['global', 'Overlay', 'CloseButton', 'Paper', 'ModalBase'])
    expect(styles, part).toContain(part);
  expect(styles.indexOf('Modal')).toBeGreaterThan(styles.indexOf('ModalBase'));
  expect(styles).not.toContain('Slider');
});
