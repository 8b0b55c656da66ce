import path from 'node:path';

/** Where every visitor begins. */
const FIRST = path.resolve(import.meta.dirname, '../src/screens/overview/OverviewPage.tsx');
const SOURCES = path.resolve(import.meta.dirname, '../src') + path.sep;
const OWN = `${path.dirname(FIRST)}${path.sep}`;

type Graph = { getModuleInfo(id: string): { importedIds: string[] } | null };

/** What of ours the first screen imports before it runs, itself too. A library's index names far more
 * than is used of it. */
function neededFirst(graph: Graph): ReadonlySet<string> {
  const needed = new Set([FIRST]);
  // A Set visits what is added to it on the way.
  for (const id of needed)
    for (const other of graph.getModuleInfo(id)?.importedIds ?? [])
      if (other.startsWith(SOURCES)) needed.add(other);
  return needed;
}

let known: { graph: Graph; ids: ReadonlySet<string> } | undefined;
const isNeededFirst = (id: string, graph: Graph) => {
  if (known?.graph !== graph) known = { graph, ids: neededFirst(graph) };
  return known.ids.has(id);
};

/**
 * Each file is a way to the server and back, 150 ms on a slow phone, and six go at once: what is
 * needed for the first figures comes in three files of code, in place of forty.
 */
export const codeSplitting = {
  groups: [
    { name: 'main', tags: ['$initial' as const], priority: 3 },
    // What other screens share with the first one: they need not load it.
    {
      name: (id: string, graph: Graph) =>
        isNeededFirst(id, graph) && !id.startsWith(OWN) ? 'kit' : null,
      priority: 2,
    },
    {
      name: (id: string, graph: Graph) => (isNeededFirst(id, graph) ? 'overview' : null),
      priority: 1,
    },
  ],
};
