import { Transform } from 'node:stream';
import { type ZstdEnding, ZstdFrames } from './zstd-frames.ts';

/**
 * The stages around Node's Zstandard decompressor that make it read every frame, and fail where the last one is cut.
 *
 * On its own (seen with 22.23, 24.21 and 26.10) it drops, without an error: on Node 22 whatever a truncated file lacks; on 22 and 24
 * the frames after the first that ends within a chunk; on 26 foreign bytes behind the last frame. It reads every frame on all of them if no chunk
 * goes on behind the end of a frame. How the file ends is asked after it, so that what it has to say about damaged bytes comes first.
 */
export function wholeFrames(decompressor: Transform): Transform[] {
  const frames = new ZstdFrames();
  return [splitter(frames), decompressor, finisher(frames)];
}

function splitter(frames: ZstdFrames): Transform {
  return new Transform({
    // A stream of bytes may join chunks again, one of objects does not.
    readableObjectMode: true,
    readableHighWaterMark: 1,
    transform(chunk: Buffer, _encoding, done) {
      for (const piece of frames.split(chunk)) this.push(piece);
      done();
    },
  });
}

function finisher(frames: ZstdFrames): Transform {
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => done(null, chunk),
    flush: (done) => done(endingError(frames.ending)),
  });
}

/** The errors that zlib has for these, where it sees them. */
function endingError(ending: ZstdEnding): Error | null {
  if (ending === 'whole') return null;
  if (ending === 'cut') return Object.assign(new Error('unexpected end of file'), { code: truncationCode });
  return Object.assign(new Error('Unknown frame descriptor'), { code: 'ZSTD_error_prefix_unknown' });
}

/** The code of zlib's error for input that ends too early. */
export const truncationCode = 'Z_BUF_ERROR';
