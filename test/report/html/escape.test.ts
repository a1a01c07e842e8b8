import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeHtml } from '../../../src/report/html/escape.ts';

test('no text becomes markup, and every character can be seen', () => {
  expect(escapeHtml(`</script><img src="x" onerror='y'>&amp;`)).toBe('&lt;/script&gt;&lt;img src=&quot;x&quot; onerror=&#39;y&#39;&gt;&amp;amp;');
  expect(escapeHtml('a\u202Egpj.exe\u2066\u0000\uFEFF\uD800')).toBe('a⟨U+202E⟩gpj.exe⟨U+2066⟩⟨U+0000⟩⟨U+FEFF⟩⟨U+D800⟩');
  expect(escapeHtml('tab\tline\nיום 😀 日本')).toBe('tab\tline\nיום 😀 日本');
});

test('any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const escaped = escapeHtml(text);
      expect(escaped).not.toMatch(/[<>"'\u202A-\u202E\u2066-\u2069]/);
      expect(escaped.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
      expect(Buffer.from(escaped).toString()).toBe(escaped);
    }),
    { seed: 7 },
  );
});
