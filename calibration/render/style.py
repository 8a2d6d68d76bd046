"""The style sheet of the HTML report."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --paper: #fbfaf7; --soft: #5b6774; --line: #d9dcd6;
  --accent: #1f6f78; --good: #1d6b3a; --bad: #9c2f24; --open: #7a5a00; --tint: #f0efe9; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --paper: #14181d; --soft: #a3adb8;
  --line: #323a44; --accent: #7cc7d0; --good: #7fd19b; --bad: #f19b91; --open: #e6c35c; --tint: #1c2229; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.7rem; margin: 0; line-height: 1.25; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; }
h4 { margin: 1.5rem 0 .25rem; } header p { color: var(--soft); margin: .35rem 0 1.5rem; }
p { max-width: 46rem; } p.note, p.caution { border-left: 3px solid var(--accent); padding: .5rem .9rem;
  background: var(--tint); } p.caution { border-color: var(--open); }
.scroll { overflow-x: auto; margin: .75rem 0 1.5rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { caption-side: bottom; text-align: left; color: var(--soft); padding-top: .4rem; font-size: .85rem; }
th { text-align: left; font-weight: 600; color: var(--soft); border-bottom: 1px solid var(--soft); }
td small { display: block; color: var(--soft); max-width: 14rem; line-height: 1.35; }
th, td { padding: .4rem .9rem .4rem 0; vertical-align: top; } td { border-bottom: 1px solid var(--line); }
td.trusted { color: var(--good); font-weight: 600; } td.not-trusted { color: var(--bad); font-weight: 600; }
td.undecided { color: var(--open); font-weight: 600; }
details { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .9rem; margin: .6rem 0; }
summary { cursor: pointer; font-weight: 600; } summary:focus-visible { outline: 2px solid var(--accent); }
svg.bar { display: block; width: 9rem; max-width: 100%; height: 8px; margin-top: .2rem; }
.bar .zero { stroke: var(--line); stroke-width: .6; }
.bar .range { stroke: var(--accent); stroke-width: 1.6; }
.bar .dot { fill: var(--ink); }
h5 { margin: 1.25rem 0 .25rem; font-size: .95rem; }
svg.reliability { width: 20rem; max-width: 100%; height: auto; } .reliability text { fill: var(--soft);
  font-size: 9px; } .reliability .dot { fill: var(--ink); }
.reliability .frame { fill: none; stroke: var(--line); }
.reliability .ideal { stroke: var(--soft); stroke-dasharray: 3 3; }
.reliability .range { stroke: var(--accent); stroke-width: 1.5; }
.reliability .band { stroke: var(--line); stroke-width: 9; }
svg.trend { width: 45rem; max-width: 100%; min-width: 34rem; height: auto; }
.trend text { fill: var(--soft); font-size: 11px; }
.trend .grid { stroke: var(--line); } .trend .line { fill: none; stroke: var(--accent); stroke-width: 1.5; }
.trend .range { stroke: var(--accent); stroke-width: 1.5; } .trend .dot { fill: var(--ink); }
.trend line.floor { stroke: var(--bad); stroke-dasharray: 5 4; } .trend text.floor { fill: var(--bad); }
.trend .mark { stroke: var(--soft); stroke-dasharray: 2 3; }
hr.page { border: 0; border-top: 1px solid var(--line); margin: 2.5rem 0 0; }
@media print { :root { color-scheme: light; --ink: #000; --paper: #fff; --soft: #444; --line: #bbb;
  --tint: #fff; }
  main { max-width: none; padding: 0; } details { border: 0; padding: 0; } details > * { display: revert; }
  details::details-content { content-visibility: visible; block-size: auto; }
  tr, svg { break-inside: avoid; } hr.page { break-after: page; border: 0; margin: 0; }
  html { font-size: 12px; } body { font-size: 1rem; line-height: 1.4; } h2 { margin: 1rem 0 .25rem; }
  th, td { padding: .2rem .6rem .2rem 0; }
  .scroll { margin: .3rem 0 .6rem; overflow: visible; } svg.trend { min-width: 0; } }
"""
