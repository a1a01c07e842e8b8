import { InputError } from '../errors.ts';

/** Most records that `finishSync: true` sends one by one. */
const fewRecords = 100;
/** Each call is a transaction of the ledger and a full price; a batch is the way for more. */
const mostRecords = 10_000;

/** How many records left may be sent one by one, from the option `finishSync`; 0 for none. */
export function tailOf(finishSync: boolean | number = false): number {
  if (typeof finishSync === 'boolean') return finishSync ? fewRecords : 0;
  if (Number.isInteger(finishSync) && finishSync >= 1 && finishSync <= mostRecords) return finishSync;
  throw new InputError('invalid_option', `finishSync (--finish-sync) must be true or a whole number from 1 to ${mostRecords}, not ${finishSync}.`);
}
