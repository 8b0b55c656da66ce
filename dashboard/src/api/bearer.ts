const KEY = 'vitrina.bearer';

/** The session's secret inside Telegram, whose web client keeps cookies from reaching us; for as
 * long as the window is open. boot.js reads it by the same name. */
export function bearer(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function keepBearer(secret: string): void {
  try {
    sessionStorage.setItem(KEY, secret);
  } catch {
    // Without storage the cookie is what is left.
  }
}

export function forgetBearer(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}

export const bearerHeaders = (): Record<string, string> => {
  const secret = bearer();
  return secret ? { authorization: `Bearer ${secret}` } : {};
};
