/**
 * The page's own style: light, dark and print, one column that stays readable at 400 pixels. Colours are named by what
 * they stand for; no meaning is carried by colour alone.
 */
export const STYLE = `
:root{color-scheme:light dark;--bg:#fbfaf8;--card:#fff;--ink:#1b1d22;--mute:#5f6471;--line:#e6e3dc;--band:#dfe8f4;
--good:#1a7347;--warn:#8a4f00;--bad:#b3261e;
--floor:#8d95a3;--kernel:#2f7fd0;--tls:#7b57c8;--hop:#e0a040;--parse:#e58a36;--l7:#d4621a;--preview:#7a5230;--intercept:#a83a5f;
--preview-later:#12a08f;--intercept-later:#6f63d9;--hop-later:#5fa8c4;--parse-later:#2b7a99;
--preview-third:#41591a;--intercept-third:#5a5a66;--hop-third:#9aa84a;--parse-third:#6d7f1e;
--server:#6f8099;--other:#6f9a8d;--residual:#b8b0a2;--caller:#dfe3ea}
@media screen and (prefers-color-scheme:dark){:root{--bg:#14161a;--card:#1b1e24;--ink:#eceef2;--mute:#a2a9b5;--line:#2e333c;
--band:#2a3850;--good:#5ccb92;--warn:#f0b35a;--bad:#ff8a80;--floor:#7f8794;--kernel:#5aa4ee;--tls:#a58af0;--hop:#f3c47d;
--parse:#f0a55c;--l7:#ef8a45;--preview:#c9a27a;--intercept:#df7196;--preview-later:#2fb3a2;--intercept-later:#9a92ff;
--hop-later:#7fc4dd;--parse-later:#4f9fc4;
--preview-third:#9dbb45;--intercept-third:#c2c2cc;--hop-third:#d3de93;--parse-third:#b4c662;--server:#7d8ea8;--other:#7fb3a3;--residual:#6b6457;--caller:#353c49}}
*{box-sizing:border-box}[hidden]{display:none!important}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 Inter,system-ui,-apple-system,"Segoe UI",sans-serif;
font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
main{max-width:1180px;margin:0 auto;padding:40px 24px 96px}
header{display:flex;gap:4px 16px;align-items:baseline;flex-wrap:wrap;color:var(--mute);font-size:14px}
header b{color:var(--ink);font-size:18px;letter-spacing:-.01em}
h1{font-size:clamp(21px,2.5vw,30px);line-height:1.3;letter-spacing:-.018em;font-weight:400;margin:28px 0 18px;text-wrap:pretty}
h1 strong{font-weight:680}h1 .faint{color:var(--mute);font-size:.7em;white-space:nowrap}
h1 .sentence{display:block}h1 .sentence+.sentence{margin-top:.34em}
p.footing{color:var(--mute);font-size:14px;margin:0 0 22px;max-width:120ch}
h2{font-size:22px;line-height:1.3;letter-spacing:-.012em;font-weight:650;margin:64px 0 4px}
h3{font-size:15px;font-weight:650;margin:26px 0 8px}h3 small{color:var(--mute);font-weight:400;font-size:13.5px;margin-left:6px}
p.lead{color:var(--mute);margin:0 0 18px;max-width:78ch;font-size:15px}
.basis{list-style:none;display:flex;flex-wrap:wrap;gap:7px 24px;margin:0;padding:13px 16px;font-size:14px}
.basis .machine{flex-basis:100%;color:var(--mute);border-top:1px solid var(--line);padding-top:8px;margin-top:2px}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px}
.pad{padding:18px}.scroll{overflow-x:auto}.card.scroll>table{margin:4px 16px 10px;width:calc(100% - 32px)}
.mark{font-weight:700;margin-right:6px}.good{color:var(--good)}.doubtful{color:var(--warn)}.bad{color:var(--bad)}
.alert{border-left:4px solid var(--warn);padding:10px 16px;margin:10px 0;font-size:14.5px}
.beneath{display:flex;gap:4px 18px;align-items:baseline;flex-wrap:wrap;margin:8px 0 0;font-size:14px}
.beneath details{flex:0 1 auto;min-width:0;max-width:100%}.beneath details[open]{flex-basis:100%}.beneath:empty{display:none}
.missing{color:var(--mute);font-size:13.5px;margin:6px 0 0}
a{color:var(--kernel);text-underline-offset:2px}a.csv{color:var(--mute);font-size:13.5px}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
svg{display:block}svg.wide,svg.narrow{width:100%;height:auto}svg.narrow{display:none}
svg text{fill:var(--ink);font:13px Inter,system-ui,sans-serif;font-variant-numeric:tabular-nums}svg .tick,svg .sub{fill:var(--mute);font-size:12px}
svg .strong{font-weight:650}svg .halo{paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}svg .label{font-size:12.5px}
.grid{stroke:var(--line);fill:none}.zero{stroke:var(--mute);fill:none}.riser{stroke:var(--mute);stroke-dasharray:2 3;fill:none}
.whisker{stroke:var(--ink);stroke-width:1.4;fill:none}.band{fill:var(--band)}
.curve{fill:none;stroke:var(--road);stroke-width:2;stroke-linejoin:round}.spread{fill:var(--road);opacity:.13}.leader{fill:none;stroke:var(--road);opacity:.55}
.dot{fill:var(--road)}.dot.hollow{fill:var(--card);stroke:var(--road);stroke-width:1.7}.join{fill:none;stroke:var(--mute);opacity:.17}.median{stroke:var(--ink);stroke-width:2.2;fill:none}
.spot{fill:transparent}.spot:hover,.spot.here{fill:var(--ink);fill-opacity:.55}.dot:hover,.dot.here,rect:hover,rect.here{stroke:var(--ink);stroke-width:2}rect.band:hover{stroke:none}
.scale-linear,.linear .scale-log{display:none}.linear .scale-linear{display:inline}
.glyph .mark{fill:var(--ink);stroke:none}.glyph.slower .mark{fill:var(--bad)}.glyph.faster .mark,.glyph.indistinguishable .mark{fill:var(--good)}
.glyph .mark.hollow{fill:var(--card);stroke:var(--warn);stroke-width:1.8}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{padding:7px 14px 7px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:middle}
tbody:last-child tr:last-child>*{border-bottom:0}
td:last-child,th:last-child{padding-right:0}
thead th{color:var(--mute);font-weight:500;font-size:13px}tbody th{font-weight:600}
td.number,th.number,.right td,.right th,.plain :is(th,td):nth-child(n+4){text-align:right;white-space:nowrap}.right :is(td,th).text{text-align:left}td small,th small,tr.group small{color:var(--mute);font-size:12.5px;font-weight:400}
.tolls th small,.tolls td.number small,.tolls .note{display:block}.tolls tbody th small{margin-left:18px}.tolls td{min-width:74px}.tolls .note{width:17em}.tolls td.figure{min-width:204px}
.tolls .over{font-weight:400;color:var(--mute)}.tolls tbody th:not([colspan]){width:27%}
tr.group th{color:var(--mute);font-weight:600;font-size:13px;padding:16px 0 5px;white-space:normal}tbody:first-of-type tr.group th{padding-top:10px}
.tolls tr.group small,.forest tr.group small{display:inline;margin-left:6px}
.forest th,.forest td{padding-top:2px;padding-bottom:2px;border-bottom:0}.forest tr.group th{color:var(--ink);padding-top:12px;border-top:1px solid var(--line)}
.forest tbody:first-of-type tr.group th{border-top:0}.forest tbody tr:not(.group) th{font-weight:400;color:var(--mute);padding-left:18px;white-space:nowrap}.forest td.number small{display:inline-block;min-width:7.2em;text-align:left;padding-left:6px}
.swatch{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:8px}
tr.twin>*,.twin td,tr.twin th{color:var(--mute)}.verdict{font-weight:600;white-space:nowrap}
.slower{color:var(--bad)}.faster,.indistinguishable{color:var(--good)}.inconclusive,.invalid{color:var(--warn)}
.claims{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(300px,100%),1fr));gap:16px}
.claims .card{border-top:3px solid currentColor}.claims .card>*:not(.verdict){color:var(--ink)}
.claims blockquote{margin:0 0 10px;font-weight:600}.claims p{margin:6px 0;font-size:15px}.claims p.verdict{margin:0 0 6px}
.refuted{color:var(--bad)}.confirmed{color:var(--good)}.unsettled{color:var(--warn)}.unmeasured{color:var(--mute)}
pre{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px;overflow:auto;margin:0;
font:13.5px/1.6 ui-monospace,monospace}pre .comment{color:var(--mute)}code{font:12.5px ui-monospace,monospace}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;font-size:14px;margin:0}
dt{color:var(--mute)}dd{margin:0;overflow-wrap:anywhere}
details{margin-top:12px}.beneath details{margin:0}summary{cursor:pointer;color:var(--mute);font-size:14px;width:max-content;max-width:100%}summary:hover,a.csv:hover{color:var(--ink)}
details .scroll{max-height:420px;overflow:auto;margin-top:8px;border:1px solid var(--line);border-radius:8px;padding:0 14px;background:var(--card)}
details thead th{position:sticky;top:0;background:var(--card)}.numbers td,.numbers th{padding-top:4px;padding-bottom:4px;white-space:nowrap}
ul.plain{margin:0;padding-left:1.2em;font-size:15px}
figure{margin:0 0 26px}figcaption{font-weight:650;font-size:15px;margin:0 0 8px}
.controls{position:sticky;top:0;z-index:2;display:flex;flex-wrap:wrap;gap:6px 20px;align-items:center;margin:52px -24px -36px;padding:10px 24px;font-size:14px;background:var(--bg);border-bottom:1px solid var(--line)}
.controls fieldset{border:0;padding:0;margin:0;display:flex;flex-wrap:wrap;gap:4px 15px;min-width:0}.controls legend{float:left;color:var(--mute);margin-right:10px}
.controls input{accent-color:var(--kernel);margin:0 6px 0 0}select{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:4px 6px;max-width:100%}
.controls label{max-width:100%;color:var(--ink)}.controls .swatch{margin-right:5px}:focus-visible{outline:2px solid var(--kernel);outline-offset:2px}
.off{display:none}.dim .off{display:inline;opacity:.13}
.tip{position:fixed;z-index:3;pointer-events:none;background:var(--ink);color:var(--bg);font-size:13px;line-height:1.4;padding:4px 9px;border-radius:6px;max-width:300px}
@media(max-width:700px){main{padding:24px 14px 64px}.pad{padding:12px}dl{grid-template-columns:1fr}dt{margin-top:6px}h2{margin-top:48px}
svg.wide.chart{min-width:780px}.chart.dim+svg.narrow,svg.narrow{display:block}svg.wide:has(+svg.narrow){display:none}
.controls{position:static;margin:40px 0 -20px;padding:10px 0}.controls label{display:flex;align-items:center;flex-wrap:wrap;gap:4px}.controls label select{flex:1 1 auto}
.card.scroll>table{margin:2px 12px 8px;width:calc(100% - 24px)}
.stack thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}.stack,.stack tbody,.stack tr.group,.stack tr.group th{display:block}
.stack tbody tr:not(.group){display:grid;grid-template-columns:1fr 1fr;gap:3px 12px;border-bottom:1px solid var(--line);padding:10px 0}
.stack tbody th:not([colspan]),.stack td{display:block;border:0;padding:0;width:auto!important;white-space:normal;text-align:left!important}.stack td.figure,.tolls tbody th:not([colspan]){grid-column:1/-1}
.stack td[data-label]::before{content:attr(data-label);display:block;color:var(--mute);font-size:12.5px;font-weight:400}.stack td.figure:empty{display:none}.tolls .note,.tolls td.figure{width:auto;min-width:0}svg.glyph{max-width:100%}.tolls td:nth-child(5){order:1}.tolls td:nth-child(n+7){order:2}
.stack td small{display:block;padding:0!important}.forest td[data-label]::before{display:none}.forest tbody tr:not(.group){padding:5px 0}.forest tbody tr:not(.group) th{padding:0}.forest td:last-child{order:-1}.forest th{order:-2}.forest td small{display:inline!important}}
@media print{@page{margin:14mm}:root{color-scheme:light;--bg:#fff;--ink:#111;--mute:#555;--line:#ddd}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{font-size:10pt}main{max-width:none;padding:0}h1{font-size:16pt}h2{font-size:13pt;margin-top:24pt}h3,figcaption,p.lead,ul.plain,.claims p{font-size:9.5pt}table,.basis,dl,.alert{font-size:8.5pt}
.controls,.tip,a.csv{display:none!important}.card.scroll,details .scroll{overflow:visible;max-height:none}pre{white-space:pre-wrap}
p,svg,tr,dd,.basis,.alert,.claims .card{break-inside:avoid}h2,h3,figcaption,p.lead,summary,thead,tr.group,.card:has(>svg.chart){break-after:avoid}thead{display:table-header-group}details thead th{position:static}
th,td{padding:3pt 7pt 3pt 0}.numbers table{font-size:7.5pt}.numbers td,.numbers th{padding-top:1pt;padding-bottom:1pt}thead th,td small,th small,.tolls .note{font-size:7.5pt}
.tolls td{min-width:0}.tolls td.figure{min-width:0}.tolls td.figure svg{width:120px;height:auto}.tolls .note{width:11em}.tolls tbody th small{margin-left:0}.tolls tbody th:not([colspan]){width:20%}.plain tbody th{width:auto}
details::details-content{content-visibility:visible;height:auto}[data-view][hidden],[data-quantile][hidden]{display:block!important}}
`;
