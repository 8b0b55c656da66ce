import record from './record.module.css';

/** What is known of one thing, by name; what has no value is left out. */
export function Facts({ facts }: { facts: readonly (readonly [string, string | null])[] }) {
  return (
    <dl className={record.facts}>
      {facts.map(
        ([name, value]) =>
          value && [<dt key={`${name}-name`}>{name}</dt>, <dd key={name}>{value}</dd>],
      )}
    </dl>
  );
}
