import type { LiveStream } from './stream';

/** Keeps a stream open while the page is looked at and there is a network; returns how to stop. */
export function follow(stream: LiveStream): () => void {
  const onVisibility = () => (document.hidden ? stream.close() : stream.open());
  const onOnline = () => stream.retryNow();
  const onOffline = () => stream.lose();
  onVisibility();
  document.addEventListener('visibilitychange', onVisibility);
  window.addEventListener('online', onOnline);
  window.addEventListener('offline', onOffline);
  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    window.removeEventListener('online', onOnline);
    window.removeEventListener('offline', onOffline);
    stream.close();
  };
}
