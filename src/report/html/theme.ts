/** The colors of a page in light and dark, and on paper; the words are those of the outcomes. */
const light = `
  --paper: #fff; --panel: #f6f7f9; --ink: #1a1d21; --soft: #5b6470; --line: #d9dde3; --accent: #0b5cad;
  --succeeded: #2f8f4e; --unusable: #d99a00; --errored: #c2372e; --expired: #8a5cc2; --canceled: #7d8590; --missing: #b5547f; --rejected: #8a4b20;
  --queued: #c3cad3; --running: #3f83c8; --done: #2f8f4e; --failed: #c2372e; --plain: #3f83c8;`;

const dark = `
  --paper: #14171b; --panel: #1d2127; --ink: #e6e9ed; --soft: #a0a9b5; --line: #343a43; --accent: #7db7f0;
  --succeeded: #4fb872; --unusable: #e3b341; --errored: #ef6a60; --expired: #b08ae0; --canceled: #949da9; --missing: #e084ab; --rejected: #c98a5b;
  --queued: #4a525d; --running: #5b9fe0; --done: #4fb872; --failed: #ef6a60; --plain: #5b9fe0;`;

const kinds = ['succeeded', 'unusable', 'errored', 'expired', 'canceled', 'missing', 'rejected', 'queued', 'running', 'done', 'failed', 'plain'];

/** The style of the report page: one text, whose hash its content security policy names. */
export const theme = `
:root { color-scheme: light dark; ${light} }
@media (prefers-color-scheme: dark) { :root { ${dark} } }
@media print { :root { color-scheme: light; ${light} } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 3rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p { margin: .5rem 0; }
.soft, .note, caption { color: var(--soft); font-size: .875rem; font-weight: normal; }
.verdict { font-size: 1.1rem; margin: 1rem 0; }
.bar { display: block; border-radius: 4px; background: var(--panel); }
.legend { list-style: none; padding: 0; margin: .75rem 0 0; display: grid; gap: .25rem .75rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); }
.legend.inline { display: flex; flex-wrap: wrap; font-size: .875rem; color: var(--soft); }
.swatch { vertical-align: -1px; margin-right: .4rem; }
.cards { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 10rem), 1fr)); margin: 0; padding: 0; }
.cards div { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .7rem .9rem; break-inside: avoid; }
.cards dt { color: var(--soft); font-size: .875rem; }
.cards dd { margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
.cards dd small { display: block; font-size: .8125rem; color: var(--soft); }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: middle; padding: .25rem .75rem .25rem 0; font-weight: normal; }
tr { break-inside: avoid; }
.bars th { white-space: nowrap; }
.wide { width: 99%; }
td.wide { min-width: 5rem; }
.number { text-align: right; padding-right: 0; white-space: nowrap; font-variant-numeric: tabular-nums; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.sample { border: 1px solid var(--line); border-left: 4px solid var(--line); border-radius: 6px; padding: .6rem .9rem; margin: .6rem 0; break-inside: avoid-page; }
.sample.unusable { border-left-color: var(--unusable); } .sample.errored { border-left-color: var(--errored); } .sample.expired { border-left-color: var(--expired); }
.sample.canceled { border-left-color: var(--canceled); } .sample.missing { border-left-color: var(--missing); } .sample.rejected { border-left-color: var(--rejected); }
.sample h4 { margin: 0 0 .25rem; font-size: .9375rem; }
.sample dl { margin: 0; }
.sample dt { color: var(--soft); font-size: .8125rem; margin-top: .4rem; }
.sample dd { margin: 0; }
pre { margin: .15rem 0; padding: .5rem .65rem; background: var(--panel); border-radius: 4px; font: 13px/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 18rem; overflow-y: auto; unicode-bidi: isolate; }
bdi, code { unicode-bidi: isolate; }
code { font: .9em ui-monospace, monospace; }
pre:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: .75rem; }
${kinds.map((kind) => `rect.${kind} { fill: var(--${kind}); }`).join('\n')}
@media (max-width: 34rem) { body { padding: 1rem .75rem 2rem; } h1 { font-size: 1.35rem; } .bars th, .bars td.number { white-space: normal; overflow-wrap: break-word; } .bars th { min-width: 5.5rem; } .bars td.number { min-width: 4.5rem; } }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } pre { max-height: none; overflow: visible; } h2, h3 { break-after: avoid; } }
`;
