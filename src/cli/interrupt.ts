import { StateError } from '../index.ts';

/** Ctrl-C once ends the work cleanly, twice at once. */
export interface Interrupt {
  readonly signal: AbortSignal;
  end(): void;
}

/** @param say where it is told that calls under way are waited for */
export function onInterrupt(say = (text: string): void => void process.stderr.write(text)): Interrupt {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    say('\nStopping: waiting for calls under way. Ctrl-C again to stop at once.\n');
    controller.abort(new StateError('interrupted', 'Interrupted.'));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    end() {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}
