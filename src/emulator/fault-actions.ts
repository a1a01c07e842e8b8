/** When a call is disturbed: before the emulator did its work, after it (the state changed, the answer is lost), or in the body. */
export type Moment = 'before' | 'after' | 'during';

/** What may befall one call. Of the rules that match a call the first acts. Downloads and looks do no work: `before` and `after` are the same. */
export type CallAction =
  /** An error in the provider's envelope, or a page of HTML as a proxy has them (then any status, 200 too). */
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** Whether the work was done. @default 'before' */
      readonly when?: 'before' | 'after';
      /** Seconds; `date:5` sends the date five seconds from now. @default no such header */
      readonly retryAfter?: number | `date:${number}`;
      readonly type?: string;
      /** OpenAI only, e.g. `insufficient_quota`. */
      readonly code?: string;
      readonly message?: string;
      readonly html?: boolean;
    }
  /** The connection breaks. `during`: after that many bytes of the body, half of it by default; its whole length was announced. */
  | { readonly kind: 'reset'; readonly at: Moment; readonly bytes?: number }
  /** Nothing more comes, and the connection stays open: no headers (`before`, `after`), or the body stops. */
  | { readonly kind: 'stall'; readonly at: Moment; readonly bytes?: number }
  /** The body trickles. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** The body ends early as if that were all of it: chunked, or with the shorter length announced. */
  | { readonly kind: 'end'; readonly bytes: number; readonly announced?: 'nothing' | 'short' }
  /** `content-length` is wrong by so many bytes; the connection closes after the true body. */
  | { readonly kind: 'length'; readonly delta: number }
  /** A request with `Range` gets the whole file, a 206 that names another range, one with other bytes, or one of another `ETag`. */
  | { readonly kind: 'range'; readonly answer: 'ignored' | 'wrong' | 'other-bytes' | 'etag' };

/** How a batch is shown, whatever it really does. All that match act, in order. */
export type ViewAction =
  /** Not listed, or 404, for so many calls of the route after it was made, or so long. */
  | { readonly kind: 'hidden'; readonly calls?: number; readonly forMs?: number }
  /** A status word of your own, for so long from creation; without a time until the batch ends. */
  | { readonly kind: 'status'; readonly word: string; readonly forMs?: number }
  /** Ended, but the file ids or the `results_url` come only so long after. */
  | { readonly kind: 'late'; readonly forMs: number }
  /** What stands for an `error_file_id` that there is none of. */
  | { readonly kind: 'error-file-id'; readonly value: 'null' | 'empty' }
  /** Counters that tell one row more or fewer than the files hold, or are zero until the end or for ever. */
  | { readonly kind: 'counts'; readonly value: 'more' | 'fewer' | 'zero' | 'never' }
  /** Results are lost: 404 on the files or results; `archived` (Anthropic) also says so in the batch. */
  | { readonly kind: 'gone'; readonly how: 'deleted' | 'archived' }
  /** `results_url` leads to this origin (Anthropic). */
  | { readonly kind: 'foreign'; readonly origin: string };

/** What a batch does. All that match act, in order. */
export type CourseAction =
  /** Validation fails (OpenAI), whatever is in the file. `code=invalid_request param=file_id`: as for a file not visible yet. */
  | { readonly kind: 'fail'; readonly code: string; readonly message?: string; readonly param?: string; readonly line?: number }
  /** The window closes with this share (0 to 1) of the rows done. */
  | { readonly kind: 'expire'; readonly share: number }
  /** The provider itself cancels the batch with this share (0 to 1) of the rows done. */
  | { readonly kind: 'cancel'; readonly share: number }
  /** A stage takes so much longer. Anthropic has `in_progress` only. */
  | { readonly kind: 'stuck'; readonly stage: 'validating' | 'in_progress' | 'finalizing'; readonly forMs: number }
  /**
   * More than this may not wait: OpenAI fails the batch with `token_limit_exceeded` (`tokens`, `batches`), Anthropic answers
   * create with 429 (`requests`, `batches`).
   */
  | { readonly kind: 'queue'; readonly tokens?: number; readonly batches?: number; readonly requests?: number }
  /** More batches than this in an hour are refused at create with 429 and `retry-after`. */
  | { readonly kind: 'hourly'; readonly batches: number };

/** What becomes of a row that was executed, or of its line in the result file. All that match act, in order. */
export type RowAction =
  /** In neither file. */
  | { readonly kind: 'missing' }
  /** So many finished rows of a batch that was canceled are in neither file. */
  | { readonly kind: 'lose'; readonly rows: number }
  /** A second line with the same custom_id, of the same answer or another one. */
  | { readonly kind: 'duplicate'; readonly answer: 'equal' | 'different' }
  /** Also a line with a custom_id that nobody sent. */
  | { readonly kind: 'orphan' }
  /** The line is no JSON. */
  | { readonly kind: 'malformed' }
  /** An empty line follows. */
  | { readonly kind: 'blank' }
  /** The line ends in CRLF. */
  | { readonly kind: 'crlf' }
  /** The line is so many bytes longer, by spaces between its tokens. */
  | { readonly kind: 'long'; readonly bytes: number }
  /** The file ends so many bytes early, on disk. */
  | { readonly kind: 'cut'; readonly bytes: number }
  /** OpenAI: a line of the output file with `status_code: 0` and no body, counted as completed. */
  | { readonly kind: 'zero' }
  /** The request failed. */
  | { readonly kind: 'error'; readonly status: number; readonly code?: string; readonly type?: string; readonly message?: string }
  /** The answer was stopped by a filter (`content_filter`, Anthropic: `refusal`). */
  | { readonly kind: 'filtered' }
  /** The answer was cut at the output limit (`length`, `max_output_tokens`, `max_tokens`). */
  | { readonly kind: 'truncated' }
  /** The model refused. */
  | { readonly kind: 'refused' }
  /** The answer holds nothing. */
  | { readonly kind: 'empty' }
  /** An answer in JSON has a first field of the wrong type. */
  | { readonly kind: 'invalid' }
  /** The answer stands in a Markdown code fence. */
  | { readonly kind: 'fenced' };

/** Everything that can be made to go wrong. */
export type FaultAction = CallAction | ViewAction | CourseAction | RowAction;

export type ActionKind = FaultAction['kind'];

/** An action of one kind. */
export type ActionOf<Kind extends ActionKind> = Extract<FaultAction, { readonly kind: Kind }>;
