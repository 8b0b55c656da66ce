/// <reference types="vitest/config" />
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { codeSplitting } from './build/chunks.ts';
import { firstLoad } from './build/firstLoad.ts';
import { mantineStyles } from './build/mantineStyles.ts';
import { precompress } from './build/precompress.ts';

export default defineConfig({
  plugins: [react(), mantineStyles(), firstLoad(), precompress()],
  // The API replaces the placeholder in every index.html it sends.
  html: { cspNonce: '__CSP_NONCE__' },
  // Everything in assets/ carries a hash in its name and may be cached for ever.
  // Nothing is inlined as data: URLs, which font-src forbids.
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: { output: { codeSplitting } },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/test-setup.tsx'],
    css: false,
    testTimeout: 120_000,
    // A DOM and all modules anew for each file took half of the time; what tests leave, the setup clears.
    isolate: false,
  },
});
