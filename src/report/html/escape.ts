const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/**
 * Characters that would not show, or would turn the text around them: controls but tab and line feed, marks of direction, and halves of
 * surrogate pairs, which UTF-8 cannot hold.
 */
// oxlint-disable-next-line no-control-regex, no-misleading-character-class -- these very characters are meant
const unseen = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** Text that may come from anybody, as people can see all of it: what would not show is named by its code point. Pure. */
export function visible(text: string): string {
  return text.replaceAll(unseen, (character) => `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
}

/** Text that may come from anybody, for the content of an element or a quoted attribute. Pure. */
export function escapeHtml(text: string): string {
  return visible(text).replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}
