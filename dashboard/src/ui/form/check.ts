import { type Schema as Checked, Validator } from '@cfworker/json-schema';
import { isKept, type Schema } from './fields';

/** What does not fit, by the field's path (`shipping.0.title.ru`); `keyword` is JSON Schema's. */
export type Misfit = { path: string; keyword: string; limit: unknown };

const NEST = new Set(['properties', 'items', '$ref', 'anyOf', 'additionalProperties']);

/** A kept secret is text as far as the schema is concerned. */
const asSent = (value: unknown): unknown =>
  isKept(value)
    ? 'kept'
    : Array.isArray(value)
      ? value.map(asSent)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, asSent(each)]))
        : value;

function limitAt(form: unknown, location: string): unknown {
  const steps = location.replace(/^#\/?/, '').split('/');
  return steps.reduce<unknown>(
    (at, step) => (at as Record<string, unknown> | undefined)?.[decodeURIComponent(step)],
    form,
  );
}

/** Checks without code made at run time, which the content security policy forbids. */
export function misfitsOf(form: Schema, value: unknown): Misfit[] {
  const { errors } = new Validator(form as Checked, '2020-12', false).validate(asSent(value));
  return errors
    .filter(({ keyword }) => !NEST.has(keyword))
    .map(({ instanceLocation, keyword, keywordLocation }) => ({
      path: instanceLocation.replace(/^#\/?/, '').replaceAll('/', '.'),
      keyword,
      limit: limitAt(form, keywordLocation),
    }));
}
