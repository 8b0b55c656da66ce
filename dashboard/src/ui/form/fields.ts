import type { Translated } from '../../api/model';

/** The part of JSON Schema that pydantic's models of ours make. */
export type Schema = {
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: string[];
  anyOf?: Schema[];
  title?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  maxItems?: number;
  $ref?: string;
  $defs?: Record<string, Schema>;
  'x-kind'?: string;
  'x-max-length'?: number;
  'x-title'?: Translated;
  'x-description'?: Translated;
};

type Common = {
  key: string;
  title: Translated;
  description: Translated | undefined;
  isRequired: boolean;
  /** What a new one holds. */
  initial: unknown;
};

/** The closed set of what a form is made of. */
export type Field = Common &
  (
    | { kind: 'text'; most: number | undefined }
    | { kind: 'bilingual'; most: number | undefined }
    | { kind: 'secret' }
    | { kind: 'picture' }
    | { kind: 'number'; isWhole: boolean; least?: number; most?: number; isOptional: boolean }
    | { kind: 'switch' }
    | { kind: 'choice'; choices: string[] }
    | { kind: 'choices'; choices: string[] }
    | { kind: 'words'; isNumber: boolean; most: number | undefined }
    | { kind: 'list'; item: Field[]; most: number | undefined }
    | { kind: 'group'; fields: Field[] }
    /** Drawn as text that cannot be changed: a kind that this panel does not know yet. */
    | { kind: 'unknown' }
  );

const LONG = 120;
export const isLong = (most: number | undefined) => most === undefined || most > LONG;

function resolved(schema: Schema, defs: Record<string, Schema>): Schema {
  const name = schema.$ref?.split('/').at(-1);
  const target = name ? defs[name] : undefined;
  return target ? { ...resolved(target, defs), ...schema } : schema;
}

/** The fields of an object's schema, in its order. */
export function fieldsOf(form: Schema, defs: Record<string, Schema> = form.$defs ?? {}): Field[] {
  return Object.entries(form.properties ?? {}).map(([key, schema]) =>
    fieldOf(key, resolved(schema, defs), form.required?.includes(key) ?? false, defs),
  );
}

function fieldOf(
  key: string,
  schema: Schema,
  isRequired: boolean,
  defs: Record<string, Schema>,
): Field {
  const options = schema.anyOf?.map((each) => resolved(each, defs)) ?? [];
  const isOptional = options.some(({ type }) => type === 'null');
  const own = options.find(({ type }) => type !== 'null');
  const meant = own ? { ...own, ...schema, type: own.type, 'x-kind': own['x-kind'] } : schema;
  const name = schema.title ?? key;
  const common = {
    key,
    title: schema['x-title'] ?? { ru: name, en: name },
    description: schema['x-description'],
    isRequired,
    initial: schema.default ?? null,
  };
  return { ...common, ...kindOf(meant, isOptional, defs) } as Field;
}

const EMPTY: Record<string, unknown> = { string: '', array: [], boolean: false };

function kindOf(schema: Schema, isOptional: boolean, defs: Record<string, Schema>): object {
  const { type, maxLength: most, minimum, maximum } = schema;
  const initial =
    schema.default === undefined && !isOptional ? { initial: EMPTY[type ?? ''] ?? null } : {};
  switch (schema['x-kind']) {
    case 'bilingual':
      return {
        kind: 'bilingual',
        most: schema['x-max-length'],
        initial: schema.default ?? { ru: '', en: '' },
      };
    case 'secret':
      return { kind: 'secret' };
    case 'picture':
      return { kind: 'picture', ...initial };
  }
  switch (type) {
    case 'string':
      return schema.enum
        ? { kind: 'choice', choices: schema.enum, initial: schema.default ?? schema.enum[0] }
        : { kind: 'text', most, ...initial };
    case 'integer':
    case 'number':
      return {
        kind: 'number',
        isWhole: type === 'integer',
        least: minimum,
        most: maximum,
        isOptional,
      };
    case 'boolean':
      return { kind: 'switch', ...initial };
    case 'array':
      return { ...listOf(resolved(schema.items ?? {}, defs), schema.maxItems, defs), ...initial };
    case 'object':
      return groupOf(schema, defs);
  }
  return { kind: 'unknown' };
}

function groupOf(schema: Schema, defs: Record<string, Schema>): object {
  const fields = fieldsOf(schema, defs);
  return fields.length
    ? { kind: 'group', fields, initial: initialOf(fields) }
    : { kind: 'unknown' };
}

function listOf(item: Schema, most: number | undefined, defs: Record<string, Schema>): object {
  if (item.enum) return { kind: 'choices', choices: item.enum };
  if (item.type === 'string') return { kind: 'words', isNumber: false, most };
  if (item.type === 'integer') return { kind: 'words', isNumber: true, most };
  if (item.type === 'object') return { kind: 'list', item: fieldsOf(item, defs), most };
  return { kind: 'unknown' };
}

/** An object as a new one is. */
export const initialOf = (fields: Field[]): Record<string, unknown> =>
  Object.fromEntries(fields.map(({ key, initial }) => [key, structuredClone(initial)]));

/** Of a secret that is kept at the server: shown by its tail alone, and sent back as it is. */
export const isKept = (value: unknown): value is { set: true; tail: string } =>
  typeof value === 'object' && value !== null && (value as { set?: unknown }).set === true;
