import { InputError, systemCodeOf } from '../errors.ts';

/**
 * Loads a package that is installed only by those who need it.
 *
 * @throws InputError `missing_dependency` with the command that installs it
 */
export async function loadOptional<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if (systemCodeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new InputError('missing_dependency', `Parquet needs the package ${name}. Install it: npm install ${name}`, { cause: error });
  }
}
