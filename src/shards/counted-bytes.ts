import type { ShardSink } from './shard-file.ts';

/** In place of a shard's file: nothing is written. */
export class CountedBytes implements ShardSink {
  readonly path: string;
  bytes = 0;

  constructor(path: string) {
    this.path = path;
  }

  write(text: string, byteLength = Buffer.byteLength(text)): void {
    this.bytes += byteLength;
  }

  writeBytes({ length }: Buffer): void {
    this.bytes += length;
  }

  writeByteString({ length }: string): void {
    this.bytes += length;
  }

  finish(): string {
    return '';
  }

  discard(): void {}
}
