import { defineConfig } from 'vitest/config';

/** The built panel in a real browser: `npm run test:browser`, after a build. */
export default defineConfig({
  test: {
    include: ['browser/**/*.{test,measure}.ts'],
    environment: 'node',
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
