import 'virtual:mantine-styles';
import './app.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode, useLayoutEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { firstAnswers } from './api/first';
import { createQueryClient } from './api/queries';
import { initLanguage } from './i18n';
import { nonce } from './nonce';
import { createAppRouter } from './router';
import { screenAt } from './screens';
import { cssVariables, theme } from './theme';

/** What boot.js drew has done its service. */
function Drawn() {
  useLayoutEffect(() => document.querySelector('first-paint')?.remove(), []);
  return null;
}

async function start(): Promise<void> {
  const router = createAppRouter();
  const queries = createQueryClient();
  // The screen's code, the texts and the first answers come side by side.
  await Promise.all([
    initLanguage(),
    router.load().catch(() => undefined),
    screenAt(location.pathname)
      ?.Component.preload()
      .catch(() => undefined),
    firstAnswers(queries),
  ]);
  createRoot(document.getElementById('root') as HTMLElement).render(
    <StrictMode>
      <Drawn />
      <MantineProvider
        theme={theme}
        defaultColorScheme="auto"
        getStyleNonce={() => nonce}
        cssVariablesResolver={cssVariables}
      >
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}

// boot.js says it where nothing was drawn.
start().catch(reportError);
