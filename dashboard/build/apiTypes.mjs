// Reads the API's OpenAPI document on stdin and writes the types of its routes on stdout.
// `--check FILE` compares them with that file instead, and says what to do when they differ.
import fs from 'node:fs';
import { text } from 'node:stream/consumers';
import openapiTS, { astToString } from 'openapi-typescript';

const HEADER = '// Made from the API by `make api-types`. Do not edit.\n';
/** Words change often and no type depends on them. */
const WORDS = new Set(['description', 'summary', 'example', 'examples']);

/** The same document without words; `named`: the keys here are names of ours, not of OpenAPI. */
function withoutWords(value, named = false) {
  if (Array.isArray(value)) return value.map((each) => withoutWords(each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => named || !(WORDS.has(key) || key === 'title'))
      .map(([key, each]) => [
        key,
        withoutWords(each, key === 'properties' || key === 'schemas' || key === 'paths'),
      ]),
  );
}

/** Every error is a Problem, which the client turns into an exception. */
function withoutErrors(document) {
  for (const operations of Object.values(document.paths))
    for (const { responses } of Object.values(operations))
      for (const status of Object.keys(responses))
        if (Number(status) >= 300) delete responses[status];
  return document;
}

const document = withoutErrors(withoutWords(JSON.parse(await text(process.stdin))));
const ast = await openapiTS(document, { alphabetize: true, defaultNonNullable: false });
const types = HEADER + astToString(ast);
const [flag, file] = process.argv.slice(2);
if (flag !== '--check') process.stdout.write(types);
else if (fs.readFileSync(file, 'utf8') !== types) {
  console.error(
    `${file} is out of date: the API has changed. Run \`make api-types\` and commit it.`,
  );
  process.exit(1);
}
