import { setNonce } from 'get-nonce';

/** Of this page's content security policy; the server sets it in every response. */
export const nonce =
  document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

// Mantine's scroll lock adds a style element of its own and asks get-nonce for it.
setNonce(nonce);
