/** Raised when a key of the JSON that verbs print changes its meaning or goes; new keys may come at any time. */
export const jsonVersion = 1;

/** What `--json` prints: one document, with its version first. */
export function jsonText(value: object): string {
  return `${JSON.stringify({ version: jsonVersion, ...value }, null, 2)}\n`;
}

/** Prints it on stdout. */
export function printJson(value: object): void {
  process.stdout.write(jsonText(value));
}
