import { useMantineColorScheme } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useLocation, useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { hear, post } from './bridge';
import { isDark, themeOf } from './launch';

const EDGES = ['top', 'bottom'] as const;

/** Within Telegram: its theme, its safe areas, its back button, a tap that is felt. */
export function TelegramFrame() {
  useTheme();
  useSafeAreas();
  useBackButton();
  useHaptics();
  return null;
}

function useTheme(): void {
  const { setColorScheme } = useMantineColorScheme();
  useEffect(() => {
    post('web_app_ready');
    post('web_app_expand');
    const end = hear('theme_changed', ({ theme_params }) => {
      const { bg_color } = themeOf(theme_params);
      if (bg_color) setColorScheme(isDark(bg_color) ? 'dark' : 'light');
    });
    post('web_app_request_theme');
    return end;
  }, [setColorScheme]);
}

/** What the phone's notch and Telegram's own buttons cover, which add up. */
function useSafeAreas(): void {
  useEffect(() => {
    const seen: Record<string, Record<string, unknown>> = {};
    const draw = (of: string) => (data: Record<string, unknown>) => {
      seen[of] = data;
      for (const edge of EDGES) {
        const pixels = Object.values(seen).reduce(
          (sum, each) => sum + (Number(each[edge]) > 0 ? Number(each[edge]) : 0),
          0,
        );
        document.documentElement.style.setProperty(`--telegram-${edge}`, `${pixels}px`);
      }
    };
    const ends = [
      hear('safe_area_changed', draw('screen')),
      hear('content_safe_area_changed', draw('content')),
    ];
    post('web_app_request_safe_area');
    post('web_app_request_content_safe_area');
    return () => {
      for (const end of ends) end();
    };
  }, []);
}

/** Everywhere but at the overview, where Telegram's own cross closes the panel. */
function useBackButton(): void {
  const router = useRouter();
  const isHome = useLocation({ select: ({ pathname }) => pathname === '/' });
  useEffect(() => {
    post('web_app_setup_back_button', { is_visible: !isHome });
    return hear('back_button_pressed', () => router.history.back());
  }, [isHome, router]);
}

/** What went through and what was refused is felt, too. */
function useHaptics(): void {
  const client = useQueryClient();
  useEffect(
    () =>
      client.getMutationCache().subscribe((event) => {
        if (event.type !== 'updated') return;
        const kind = { success: 'success', error: 'error' }[event.action.type as string];
        if (kind)
          post('web_app_trigger_haptic_feedback', {
            type: 'notification',
            notification_type: kind,
          });
      }),
    [client],
  );
}
