import type { JsonObject, JsonValue } from '../../records/record.ts';
import { escapeHtml } from './escape.ts';
import type { ReportPageData } from './page-data.ts';

const longest = 20_000;
/** Where the providers of the command line are, unless it is told otherwise. */
const ownBaseUrls: Readonly<Record<string, string>> = { openai: 'https://api.openai.com/v1', anthropic: 'https://api.anthropic.com' };

/** The command and the job that made the run. Pure. */
export function reproduce({ description, status }: ReportPageData): string {
  const { directory } = status;
  const command = commandOf(description, status);
  const again = command === undefined ? '' : `<p>The job as a command; add what its source, records, limits and output need beside it (below):</p><pre tabindex="0">${escapeHtml(command)}</pre>`;
  return `${again}<p>What this page shows, from the run directory:</p><pre tabindex="0">${escapeHtml(`millrace status ${quote(directory)}\nmillrace report ${quote(directory)}`)}</pre><p>The job as the ledger has it:</p><pre tabindex="0">${escapeHtml(cut(JSON.stringify(description, null, 2)))}</pre>`;
}

/** The command line of a job whose request is made of templates; functions have none. */
function commandOf({ source, request, customId }: JsonObject, { directory, provider, account }: ReportPageData['status']): string | undefined {
  const name = isObject(source) ? source['name'] : undefined;
  const target = targetOf(provider, account);
  if (typeof name !== 'string' || !isObject(request) || target === undefined) return undefined;
  const { model, prompt, system, endpoint } = request;
  const texts = [model, prompt, system, customId];
  if (texts.some((text) => typeof text === 'string' && text.startsWith('function '))) return undefined;
  const flag = (flagName: string, value: JsonValue | undefined) => (typeof value === 'string' ? [`--${flagName}`, quote(value)] : []);
  const shown = [...flag('endpoint', endpoint === '/v1/chat/completions' || endpoint === '/v1/messages' ? undefined : endpoint), ...flag('model', model), ...flag('system', system), ...flag('prompt', prompt), ...flag('id', customId)];
  return cut(['millrace run', quote(name), ...target, '--dir', quote(directory), ...shown].join(' '));
}

/**
 * The flags that lead a command to where the run was, and nowhere else: without them it would go to the provider itself, which is paid.
 * `undefined` where no flag leads there.
 */
function targetOf(provider: string, account: string): string[] | undefined {
  const [baseUrl = ''] = account.split(' ');
  const own = ownBaseUrls[provider];
  if (own === undefined) return undefined;
  const named = ['--provider', provider];
  if (account === 'emulator') return [...named, '--emulate'];
  if (!/^https?:/.test(baseUrl)) return undefined;
  return baseUrl === own ? named : [...named, '--base-url', quote(baseUrl)];
}

const isObject = (value: JsonValue | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
const cut = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}…` : text);

/** A word as a shell takes it. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
