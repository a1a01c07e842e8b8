const storageKey = 'millrace-token';
const reconnectMs = 2000;

/** Takes the token from the address, where it should not stay, and keeps it for this tab. */
export function takeToken() {
  const [, given] = /^#token=([\w-]+)$/.exec(location.hash) ?? [];
  if (given === undefined) return;
  sessionStorage.setItem(storageKey, given);
  history.replaceState(null, '', '/');
}

function call(path, options = {}) {
  return fetch(`/api/${path}`, { ...options, headers: { authorization: `Bearer ${sessionStorage.getItem(storageKey) ?? ''}` } });
}

async function answered(response) {
  if (response.ok) return response.json();
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  throw new Error(isJson ? JSON.parse(text).message : text.trim());
}

/** A run in depth. */
export const readRun = async (id) => answered(await call(`runs/${id}`));

/** Begins an action on a run. */
export const act = async (id, action) => answered(await call(`runs/${id}/${action}`, { method: 'POST' }));

/**
 * Listens for the list of runs, for ever: a connection that ends is opened again. Streamed by fetch, because an EventSource sends no header.
 *
 * @param {(list: object) => void} onList
 * @param {(state: 'live' | 'waiting' | 'refused', words: string) => void} onState
 */
export async function listen(onList, onState) {
  for (;;) {
    try {
      const response = await call('events');
      if (response.status === 403 || response.status === 421) return onState('refused', (await response.text()).trim());
      onState('live', 'live');
      await readEvents(response.body.pipeThrough(new TextDecoderStream()).getReader(), onList);
    } catch {
      // Said below.
    }
    onState('waiting', 'The dashboard does not answer; trying again.');
    await new Promise((resolve) => setTimeout(resolve, reconnectMs));
  }
}

async function readEvents(reader, onList) {
  let text = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += part.value;
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = event.split('\n').find((line) => line.startsWith('data: '));
      if (data !== undefined) onList(JSON.parse(data.slice('data: '.length)));
    }
  }
}
