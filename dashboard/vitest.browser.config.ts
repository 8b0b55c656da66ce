import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** The built panel in a real browser: `npm run test:browser`, after a build. */
export default defineConfig({
  // Drawn by the built panel alone: to read them here is six thousand files, two seconds each time.
  resolve: {
    alias: { '@tabler/icons-react': path.resolve(import.meta.dirname, 'browser/noIcons.ts') },
  },
  test: {
    include: ['browser/**/*.{test,measure}.ts'],
    environment: 'node',
    // Something else on the machine added or removed a network interface: Chromium ends all requests.
    retry: { count: 2, condition: /ERR_NETWORK_CHANGED/ },
    // It has the lowest priority: what takes a second alone may take a minute beside the tests.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
