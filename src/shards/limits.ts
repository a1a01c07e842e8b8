import type { BatchRequest } from '../requests/request.ts';

/** What one batch of a provider may hold, and how its shard file is written. */
export interface ShardLimits {
  /** Most requests in one batch. */
  readonly maxRequests: number;
  /** Most bytes of one shard file, envelope included. */
  readonly maxBytes: number;
  /** Most embedding inputs summed over the requests of one batch. */
  readonly maxEmbeddingInputs?: number;
  /** True where all requests of a batch must name the same `body.model`. */
  readonly oneModel: boolean;
  /** Bytes around and between the request lines: a JSONL file, or one JSON body. The separator ends in a line feed; a request line holds none. */
  readonly envelope: { readonly prefix: string; readonly separator: string; readonly suffix: string };
  /** Extension of the shard files, with the dot. */
  readonly extension: string;
  /** Ids that do not match are mapped to safe ones. */
  readonly customIdPattern: RegExp;
  /** The request line (without line feed) of a request. */
  readonly formatRequest: (request: BatchRequest) => string;
  /** What `formatRequest` puts around id and body for an endpoint, for builds that have both as JSON text. Without it, `formatRequest` is called for each request. */
  readonly frameRequest?: (endpoint: string) => RequestFrame;
}

/** A request line is `open`, the JSON text of the wire id, `between`, the JSON text of the body, `close`. */
export interface RequestFrame {
  readonly open: string;
  readonly between: string;
  readonly close: string;
}
