import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { ResultFile } from '../providers/provider.ts';

/** What an interrupted download left: so many bytes of the version that the server called so. */
export interface HeldPart {
  readonly offset: number;
  readonly etag: string;
}

/** Of which file and version the bytes of a part are: kept beside it, so that a download goes on after a restart, too. */
interface Label {
  readonly id: string;
  readonly etag: string;
}

const labelPath = (part: string) => `${part}.etag`;

/** What is held of a result file; `undefined` if there is nothing, or any doubt that it is of this very file. */
export async function heldPart(part: string, file: ResultFile): Promise<HeldPart | undefined> {
  try {
    const [text, { size }] = await Promise.all([readFile(labelPath(part), 'utf8'), stat(part)]);
    // Written by `beginPart` alone; text that a crash cut short is no JSON, and is caught.
    const { id, etag } = JSON.parse(text) as Label;
    return id === file.id && size > 0 ? { offset: size, etag } : undefined;
  } catch {
    return undefined;
  }
}

/** Begins a part anew. The label is written when the old bytes are gone; without a strong validator there is none, and no resuming. */
export async function beginPart(part: string, { id }: ResultFile, etag: string | undefined): Promise<void> {
  await endPart(part);
  await writeFile(part, '', { mode: 0o600 });
  if (etag !== undefined) await writeFile(labelPath(part), JSON.stringify({ id, etag }), { mode: 0o600 });
}

/** The part is whole, or worth nothing: whatever comes next begins at the first byte. */
export async function endPart(part: string): Promise<void> {
  await rm(labelPath(part), { force: true });
}
