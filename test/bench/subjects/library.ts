import type * as Library from '../../../src/index.ts';

/** The library as a user imports it: the built package, not a second compilation of its sources. */
export async function importLibrary(): Promise<typeof Library> {
  // The package resolves its own name; its types are those of the sources.
  return (await import(import.meta.resolve('millrace'))) as typeof Library;
}
