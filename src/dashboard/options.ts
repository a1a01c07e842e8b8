import type { OpenRunOptions } from '../run/options.ts';
import type { Provider } from '../providers/provider.ts';
import type { RunStatus } from '../report/snapshot.ts';

/** A provider as a dashboard uses it. */
export interface DashboardProvider {
  readonly provider: Provider;
  /** How its runs are driven and their answers judged. */
  readonly options?: Omit<OpenRunOptions, 'provider' | 'signal' | 'onProgress'>;
  /** Called when it is used no more. */
  readonly close?: () => Promise<void>;
}

/** Options of {@link startDashboard}. */
export interface DashboardOptions {
  /**
   * The provider of a run. To `read` its results no call is made, so it needs no key; to `act` it must be ready for calls.
   *
   * @example
   * connect: async ({ provider, account }) => ({ provider: provider === 'anthropic' ? anthropic() : openai({ baseURL: account.split(' ')[0] }) })
   */
  readonly connect: (status: RunStatus, purpose: 'read' | 'act') => Promise<DashboardProvider>;
  /** Folder whose folders are run directories; or one run directory. @default 'runs' */
  readonly root?: string;
  /** TCP port on 127.0.0.1; 0 takes a free one. @default 0 */
  readonly port?: number;
  /** Pause between two looks at the run directories while a page is open, in milliseconds. @default 1000 */
  readonly refreshMs?: number;
}

/** A dashboard that is being served. */
export interface Dashboard {
  /** The address to open, with the token that opens it: whoever has it can act on the runs. */
  readonly url: string;
  readonly port: number;
  /** Ends it: what it is doing with runs is stopped cleanly and can be resumed. */
  close(): Promise<void>;
}
