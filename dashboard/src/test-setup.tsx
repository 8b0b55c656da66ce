import { cleanup, configure } from '@testing-library/react';
import { afterEach, vi } from 'vitest';
import { forgetFocus } from './ui/dialog/useTopmost';

// A condition is waited for as long as a busy machine may need; a pass does not wait for it.
configure({ asyncUtilTimeout: 40_000 });

afterEach(() => {
  cleanup();
  forgetFocus();
  localStorage.clear();
  sessionStorage.clear();
});

// jsdom has no canvas; the drawn chart is looked at in a browser.
vi.mock('./ui/chart/LineChart', () => ({
  default: ({ description }: { description: string }) => (
    <div role="img" aria-label={description} />
  ),
}));

// What a browser has and jsdom lacks.
window.matchMedia ??= (query: string) => ({
  matches: false,
  media: query,
  addEventListener() {},
  removeEventListener() {},
  addListener() {},
  removeListener() {},
  dispatchEvent: () => false,
  onchange: null,
});
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
HTMLDialogElement.prototype.showModal ??= function showModal() {
  this.open = true;
};
HTMLDialogElement.prototype.close ??= function close() {
  this.open = false;
};
// A text area that grows with its text measures it anew when fonts are there.
Object.defineProperty(document, 'fonts', { value: new EventTarget(), configurable: true });
window.scrollTo = () => {};
