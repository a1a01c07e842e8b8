import type { RunSnapshot } from '../index.ts';
import type { Paint } from './colors.ts';
import { byteSize, duration, grouped, minute, quantity, sumOf, usd } from './words.ts';

/** A run at one instant, as far as it is drawn. */
export interface Picture {
  readonly snapshot: RunSnapshot;
  /** Unix milliseconds. */
  readonly now: number;
  readonly startedAt: number;
  /** What is done of the work of this phase, a second: bytes while building, requests or records later. */
  readonly perSecond: number;
  /** Bytes of results downloaded, or of output written, a second. */
  readonly bytesPerSecond: number;
  /** Milliseconds until the phase is done, where that can be foretold. */
  readonly remainingMs?: number;
}

/** A line of the table: what it is about, and what there is to say, in parts that stay whole. */
interface Row {
  readonly label: string;
  readonly parts: readonly string[];
}

/** A line as people read it, and as it is written to the terminal. */
export interface TableLine {
  readonly text: string;
  readonly painted: string;
}

/** Where a table is drawn. */
export interface Canvas {
  readonly columns: number;
  readonly paint: Paint;
}

const labelWidth = 10;
const mostBarWidth = 24;
/** What follows a bar: ` 100 %,`. */
const afterBar = 7;

/** Draws a run as a table of a few lines, none wider than the canvas. Pure. */
export function drawTable(picture: Picture, canvas: Canvas): TableLine[] {
  return rowsOf(picture, Math.max(1, Math.min(mostBarWidth, canvas.columns - 1 - labelWidth - afterBar))).flatMap((row, index) => drawRow(row, index === 0, canvas));
}

function rowsOf(picture: Picture, barWidth: number): Row[] {
  const { snapshot } = picture;
  const rows = [headOf(picture, barWidth)];
  if (snapshot.phase === 'sending') rows.push(...sendingRows(picture));
  if (snapshot.phase === 'joining' || snapshot.phase === 'done') rows.push({ label: 'outcomes', parts: countsOf(snapshot.outcomes) });
  return rows.filter(({ parts }) => parts.length > 0);
}

/** The phase, how far it is, and for how long the command has been at it. */
function headOf({ snapshot, now, startedAt, perSecond, bytesPerSecond, remainingMs }: Picture, barWidth: number): Row {
  const { phase, records, requests, outcomes, bytes } = snapshot;
  const elapsed = duration(now - startedAt);
  const eta = remainingMs === undefined ? [] : [`about ${duration(remainingMs)} to go`];
  switch (phase) {
    case 'building':
      return { label: phase, parts: [quantity(records, 'record'), `${byteSize(bytes.built)} written${rate(byteSize, perSecond)}`, elapsed] };
    case 'sending':
      return { label: phase, parts: [bar(requests.succeeded + requests.failed, requests.total, barWidth), ...eta, elapsed] };
    case 'joining': {
      const joined = sumOf(outcomes);
      const written = bytes.joined === 0 ? [] : [`${byteSize(bytes.joined)} written${rate(byteSize, bytesPerSecond)}`];
      const pace = rate(grouped, Math.round(perSecond));
      // A join of files does not know how many records there are.
      const share = records === 0 ? [`${quantity(joined, 'record')}${pace}`] : [bar(joined, records, barWidth), `${grouped(joined)} of ${quantity(records, 'record')}${pace}`];
      return { label: phase, parts: [...share, ...written, ...eta, elapsed] };
    }
    case 'done':
      return { label: phase, parts: [quantity(records, 'record'), elapsed] };
  }
}

function sendingRows({ snapshot: { shards, requests, bytes, deadlines, oldestBatchAt, nextLookAt, usage, cost }, now, bytesPerSecond }: Picture): Row[] {
  const next = deadlines.expiresAt === undefined ? (deadlines.resultsUntil === undefined ? [] : [`results until ${minute(deadlines.resultsUntil)}`]) : [`expires ${minute(deadlines.expiresAt)}`];
  return [
    { label: 'shards', parts: countsOf(shards) },
    { label: 'requests', parts: [`${grouped(requests.succeeded)} done`, `${grouped(requests.failed)} failed`, `${grouped(requests.inFlight)} in flight`, `of ${grouped(requests.total)}`] },
    { label: 'batches', parts: [...(oldestBatchAt === undefined ? [] : [`oldest ${duration(now - oldestBatchAt)}`]), ...(nextLookAt === undefined || nextLookAt < now + 1000 ? [] : [`next look in ${duration(nextLookAt - now)}`]), ...next] },
    { label: 'results', parts: bytes.downloaded === 0 ? [] : [`${byteSize(bytes.downloaded)} downloaded${rate(byteSize, bytesPerSecond)}`] },
    { label: 'tokens', parts: usage ? [`${grouped(usage.inputTokens)} in`, `${grouped(usage.outputTokens)} out`] : [] },
    { label: 'cost', parts: cost ? costParts(cost) : [] },
  ];
}

/** What was spent, what it comes to if the rest is like it, and what was expected. */
function costParts({ usd: spent, expectedUsd, estimatedUsd }: NonNullable<RunSnapshot['cost']>): string[] {
  return [`${usd(spent)} so far`, `about ${usd(expectedUsd)} in the end`, `estimate ${usd(estimatedUsd)}`];
}

function drawRow({ label, parts }: Row, isHead: boolean, canvas: Canvas): TableLine[] {
  const width = canvas.columns - 1;
  const lines: string[] = [];
  let text = '';
  for (const part of parts) {
    const longer = text === '' ? part : `${text}, ${part}`;
    // A comma follows where the line goes on below.
    if (text !== '' && labelWidth + longer.length + 1 > width) {
      lines.push(`${text},`);
      text = part;
    } else text = longer;
  }
  return [...lines, text].map((line, index) => {
    const whole = cut((index === 0 ? label : '').padEnd(labelWidth) + line, width);
    return { text: whole, painted: painted(whole, isHead && index === 0, canvas.paint) };
  });
}

/** Cuts what does not fit; a table never breaks a line by itself. */
function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}

/** Strong where it begins, faint in its labels; what is done is green, what went wrong is red. */
function painted(line: string, isHead: boolean, { good, bad, faint, strong }: Paint): string {
  const label = (isHead ? strong : faint)(line.slice(0, labelWidth));
  const rest = line.slice(labelWidth).replace(/█+/, (bar) => good(bar));
  return label + rest.replace(/[1-9][\d,]* (failed|errored|missing|rejected|expired)/g, (failures) => bad(failures));
}

function bar(done: number, total: number, width: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.floor(share * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${Math.floor(share * 100)} %`;
}

function rate(unit: (perSecond: number) => string, perSecond: number): string {
  return perSecond < 1 ? '' : ` at ${unit(perSecond)}/s`;
}

/** The counts that are not 0, each with its name. */
export function countsOf(counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).flatMap(([name, value]) => (value > 0 ? `${grouped(value)} ${name}` : []));
}
