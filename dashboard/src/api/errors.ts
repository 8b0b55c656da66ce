import type { Problem, Translated } from './model';

/** An answer that was not 2xx, or none at all: `status` 0, `code` `network` or `timeout`. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** What the server says of this very case, in both languages, where it does. */
  readonly explained: Translated | undefined;
  /** Of a refused request: its parts that do not fit, without `body.`: `timezone`. */
  readonly errors: readonly { field: string; message: string }[];
  /** What the owner was asked to confirm. */
  readonly confirmation: string | undefined;

  constructor(problem: Partial<Problem> & { status: number }) {
    super(problem.detail ?? problem.title ?? `HTTP ${problem.status}`);
    this.name = 'ApiError';
    this.status = problem.status;
    this.code = problem.code ?? `http_${problem.status}`;
    const { ru, en } = problem.explained ?? {};
    this.explained = ru && en ? { ru, en } : undefined;
    this.confirmation = problem.confirmation?.id;
    this.errors = (problem.errors ?? []).map(({ field, message }) => ({
      field: field.replace(/^body\./, ''),
      message,
    }));
  }

  /** The names alone. */
  get fields(): string[] {
    return this.errors.map(({ field }) => field);
  }
}

export const isSessionOver = (error: unknown) => error instanceof ApiError && error.status === 401;

/** Somebody else has saved the same thing since it was read. */
export const isConflict = (error: unknown) =>
  error instanceof ApiError && (error.status === 412 || error.code === 'changed_meanwhile');

/** No answer came, and a later try may bring one. */
export const isUnreachable = (error: unknown) =>
  error instanceof ApiError && (error.status === 0 || error.status >= 500);

/** While an installation is updated, the page may be newer than the server that answers it. */
export const isOlderServer = (error: unknown) =>
  error instanceof ApiError && error.code === 'unknown_address';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Whatever a server or a proxy before it answered, as far as it can be understood. */
export function errorOf(status: number, contentType: string | null, text: string): ApiError {
  let body: unknown = null;
  if (contentType?.includes('json')) {
    try {
      body = JSON.parse(text);
    } catch {
      // A proxy cut it short: the status still says what happened.
    }
  }
  const fields = isRecord(body) ? body : {};
  const word = (key: string) => (typeof fields[key] === 'string' ? fields[key] : undefined);
  const { explained, confirmation, errors } = fields;
  return new ApiError({
    status,
    title: word('title'),
    detail: word('detail'),
    code: word('code'),
    errors: Array.isArray(errors) ? errors.filter(isFieldError) : undefined,
    explained: isRecord(explained) ? (explained as Problem['explained']) : undefined,
    confirmation:
      isRecord(confirmation) && typeof confirmation.id === 'string'
        ? (confirmation as Problem['confirmation'])
        : undefined,
  });
}

const isFieldError = (value: unknown): value is { field: string; message: string } =>
  isRecord(value) && typeof value.field === 'string';
