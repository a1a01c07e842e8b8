import { describe, expect, test } from 'vitest';
import { lintRules } from '../../src/index.ts';
import { anthropicFixtures, openaiFixtures, type Fixture } from './fixtures.ts';
import { expectedOf, lintBytes, placesOf } from './linting.ts';

/** Lines of `{custom_id, params}`, where a body has each request on a line of its own. */
function asLines({ content, found, ...rest }: Fixture): Fixture {
  return { ...rest, content: Buffer.from(content).toString('latin1').replace(/^((?:\u00ef\u00bb\u00bf)*)\{"requests":\[/, '$1').replace(/\]\}$/, '').replaceAll(/,\n/g, '\n'), found };
}

describe.each([
  { kind: 'OpenAI', name: 'batch.jsonl', fixtures: openaiFixtures },
  { kind: 'Anthropic', name: 'batch.json', fixtures: anthropicFixtures },
])('$kind', ({ name, fixtures }) => {
  test.each(fixtures)('$title', async (fixture) => {
    const { content, version } = fixture;
    const { findings, summary } = await lintBytes(content, name, version === undefined ? {} : { apiVersion: version });
    expect(placesOf(findings)).toEqual(expectedOf(fixture));
    expect(summary.errors).toBe(findings.filter(({ severity }) => severity === 'error').length);
    expect(summary.warnings).toBe(findings.length - summary.errors);
    for (const { rule, severity, message, file } of findings) {
      expect(severity).toBe(lintRules[rule].severity);
      expect(message).toMatch(/\.$/);
      expect(file).toBe(name);
    }
  });
});

test('requests of Anthropic on lines of their own are found the same', async () => {
  const usable = anthropicFixtures.filter(({ content, found }) => content.includes('{"requests":[{') && !found.some(([rule]) => rule === 'invalid_json' || rule === 'unknown_member'));
  expect(usable.length).toBeGreaterThan(30);
  for (const fixture of usable.map(asLines)) {
    const bytes = Buffer.from(String(fixture.content), 'latin1');
    const { findings, summary } = await lintBytes(bytes, 'requests.jsonl', fixture.version === undefined ? {} : { apiVersion: fixture.version });
    const rules = (found: readonly (readonly [string, ...unknown[]])[]) => found.map(([rule]) => rule);
    expect({ title: fixture.title, rules: rules(placesOf(findings)) }).toEqual({ title: fixture.title, rules: rules(expectedOf(fixture)) });
    expect(summary.format).toBe('anthropic-jsonl');
  }
});

test('every rule is shown by a fixture, but for those of sources and of sizes', () => {
  const shown = new Set([...openaiFixtures, ...anthropicFixtures].flatMap(({ found }) => found.map(([rule]) => rule)));
  const others = ['file_name', 'too_large', 'file_too_large', 'nearly_too_large', 'unreadable_record', 'failed_template', 'unbuildable_request'];
  expect(Object.keys(lintRules).filter((rule) => !shown.has(rule as never)).toSorted()).toEqual(others.toSorted());
});

test.each([1, 2, 3, 7, 64])('any chunks of %i bytes give the same findings', async (chunk) => {
  const small = [...openaiFixtures, ...anthropicFixtures].filter(({ content }) => content.length < 2000);
  for (const { title, content } of small) {
    const name = anthropicFixtures.some((fixture) => fixture.content === content) ? 'batch.json' : 'batch.jsonl';
    const whole = await lintBytes(content, name);
    expect({ title, ...(await lintBytes(content, name, { chunk })) }).toEqual({ title, ...whole });
  }
});
