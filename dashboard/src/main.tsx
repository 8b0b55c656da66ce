import 'virtual:mantine-styles';
import './app.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode, useLayoutEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient } from './api/queries';
import { initLanguage } from './i18n';
import { nonce } from './nonce';
import { createAppRouter } from './router';
import { cssVariables, theme } from './theme';

/** What boot.js drew has done its service. */
function Drawn() {
  useLayoutEffect(() => document.querySelector('first-paint')?.remove(), []);
  return null;
}

async function start(): Promise<void> {
  const router = createAppRouter();
  // The screen's code and the texts come side by side.
  await Promise.all([initLanguage(), router.load().catch(() => undefined)]);
  const queries = createQueryClient();
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
