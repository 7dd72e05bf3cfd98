"""The look of the pages, the same on light and dark screens."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5c6b7a; --paper: #ffffff;
  --line: #dde3e9; --shade: #f4f6f8; --good: #1a7f4b; --warn: #9a6700; --bad: #b42318;
  --held: #6941c6; --plain: #475467; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --soft: #9aa8b6; --paper: #14191f;
  --line: #303a45; --shade: #1d242c; --good: #5bd08f; --warn: #e5b454; --bad: #ff8f84;
  --held: #b9a2ff; --plain: #a9b5c1; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem clamp(1rem, 3vw, 2.5rem) 3rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .35rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; overflow-wrap: anywhere; }
p { margin: .35rem 0; overflow-wrap: anywhere; }
.lead, .note { color: var(--soft); }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; font-weight: 600; color: var(--soft); background: var(--shade);
  white-space: nowrap; }
th, td { padding: .4rem .75rem; vertical-align: top; }
td { border-top: 1px solid var(--line); overflow-wrap: break-word; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
code, pre { font: .85em/1.5 ui-monospace, "SF Mono", "DejaVu Sans Mono", monospace; }
code { overflow-wrap: anywhere; }
.whole { white-space: nowrap; }
.file { min-width: 15rem; }
.small { font-size: .85em; }
pre { margin: .5rem 0; padding: .75rem 1rem; background: var(--shade); border-radius: 6px;
  border: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1.25rem;
  margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.pill { display: inline-block; margin: .1em 0; padding: 0 .6em; border: 1px solid currentColor;
  border-radius: 1em; font-size: .82rem; font-weight: 600; white-space: nowrap; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.held { color: var(--held); } .plain { color: var(--plain); }
.reason { border-left: 4px solid var(--bad); padding: .3rem .9rem; background: var(--shade); }
figure { margin: 0 0 1.25rem; }
figure img { display: block; max-width: 100%; height: auto; background: #fff;
  border: 1px solid var(--line); border-radius: 6px; }
figcaption { color: var(--soft); font-size: .85rem; margin-top: .3rem; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .4rem; } }
"""
