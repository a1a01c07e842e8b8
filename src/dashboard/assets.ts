import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { safeHeaders } from './respond.ts';

const types = { html: 'text/html', js: 'text/javascript', css: 'text/css' } as const;

/** What the page is made of, by path: these files and no others. */
const files: Readonly<Record<string, { readonly name: string; readonly type: keyof typeof types } | undefined>> = {
  '/': { name: 'index.html', type: 'html' },
  '/style.css': { name: 'style.css', type: 'css' },
  '/main.js': { name: 'main.js', type: 'js' },
  '/api.js': { name: 'api.js', type: 'js' },
  '/elements.js': { name: 'elements.js', type: 'js' },
  '/confirm.js': { name: 'confirm.js', type: 'js' },
  '/runs.js': { name: 'runs.js', type: 'js' },
  '/run.js': { name: 'run.js', type: 'js' },
};

/** Sends a file of the page, as it is in the package. @returns false for a path that is none of them */
export async function sendAsset(path: string, response: ServerResponse): Promise<boolean> {
  const file = Object.hasOwn(files, path) ? files[path] : undefined;
  if (!file) return false;
  const content = await readFile(new URL(`../../assets/dashboard/${file.name}`, import.meta.url));
  response.writeHead(200, { ...safeHeaders, 'content-type': `${types[file.type]}; charset=utf-8` }).end(content);
  return true;
}
