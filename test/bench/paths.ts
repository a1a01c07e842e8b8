import { join } from 'node:path';

/** The root of the project, from this file or from what it is compiled to. */
export const root = join(import.meta.dirname.replace(/runs[\\/]\.bench[\\/]test[\\/]bench$/, 'test/bench'), '../..');

/** A program of this folder, compiled. */
export const compiled = (name: string): string => join(root, 'runs/.bench/test/bench', `${name}.js`);
