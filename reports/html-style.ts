/**
 * The page's own style: light, dark and print, one column that stays readable at 400 pixels. Colours are named by what
 * they stand for; no meaning is carried by colour alone.
 */
export const STYLE = `
:root{color-scheme:light dark;--bg:#fbfaf8;--card:#fff;--ink:#1b1d22;--mute:#666b78;--line:#e4e1da;--band:#e8eef6;
--good:#1d7f4e;--warn:#8f5200;--bad:#b3261e;
--floor:#8d95a3;--kernel:#2f7fd0;--tls:#7b57c8;--hop:#e0a040;--parse:#e58a36;--l7:#d4621a;--intercept:#a83a5f;
--caller:#c3cad5;--server:#8493a8;--residual:#b8b0a2}
@media(prefers-color-scheme:dark){:root{--bg:#14161a;--card:#1b1e24;--ink:#eceef2;--mute:#9ba2ae;--line:#2c3139;
--band:#253041;--good:#5ccb92;--warn:#f0b35a;--bad:#ff8a80;--floor:#7f8794;--kernel:#5aa4ee;--tls:#a58af0;--hop:#f3c47d;
--parse:#f0a55c;--l7:#ef8a45;--intercept:#df7196;--caller:#495365;--server:#6d7b91;--residual:#5d574c}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 Inter,system-ui,-apple-system,"Segoe UI",sans-serif;
font-variant-numeric:tabular-nums}
main{max-width:1180px;margin:0 auto;padding:40px 24px 96px}
header{display:flex;gap:4px 16px;align-items:baseline;flex-wrap:wrap;color:var(--mute);font-size:14px}
header b{color:var(--ink);font-size:18px}
h1{font-size:clamp(23px,3.3vw,36px);line-height:1.26;letter-spacing:-.02em;font-weight:450;margin:26px 0 20px;max-width:27em}
h1 strong{font-weight:700}h1 .faint{color:var(--mute);font-size:.62em;white-space:nowrap}
p.footing{color:var(--mute);font-size:14px;margin:-8px 0 22px;max-width:78ch}
h2{font-size:20px;letter-spacing:-.01em;margin:56px 0 4px}
h3{font-size:15px;margin:0 0 6px}
p.lead{color:var(--mute);margin:0 0 16px;max-width:66ch}
.basis{list-style:none;display:flex;flex-wrap:wrap;gap:8px 22px;margin:0;padding:12px 16px;font-size:14px}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px}
.pad{padding:18px}.scroll{overflow-x:auto}
.mark{font-weight:700;margin-right:6px}.good{color:var(--good)}.doubtful{color:var(--warn)}.bad{color:var(--bad)}
.alert{border-left:4px solid var(--warn);padding:10px 16px;margin:12px 0}
svg{display:block}svg.wide{width:100%;height:auto;min-width:560px}
svg text{fill:var(--ink);font:13px Inter,system-ui,sans-serif}svg .tick,svg .sub{fill:var(--mute);font-size:12px}
svg .strong{font-weight:600}svg .halo{paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}.grid{stroke:var(--line)}.zero,.riser{stroke:var(--mute)}.riser{stroke-dasharray:2 3}
.whisker{stroke:var(--ink);stroke-width:1.4;fill:none}.join{fill:none;stroke:var(--mute);opacity:.18}
.median{stroke:var(--ink);stroke-width:2.2}.band{fill:var(--band)}
table{border-collapse:collapse;width:100%;font-size:14.5px}
th,td{padding:8px 14px 8px 0;border-bottom:1px solid var(--line);text-align:left;white-space:nowrap;vertical-align:middle}
thead th{color:var(--mute);font-weight:500;font-size:13px}tbody th{font-weight:600}
td.number,th.number{text-align:right}td small,th small{color:var(--mute);font-size:12.5px;font-weight:400}
.tolls th small{display:block;margin-left:18px}.tolls td.number small{display:block}.tolls td small+small{display:block;white-space:normal;max-width:17em}
.tolls td,.tolls th{padding-right:10px}.tolls{font-size:14px}.tolls td{white-space:nowrap}.tolls td:last-child{padding-right:0}
.swatch{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:8px}
tr.twin>*,tr.twin th{color:var(--mute)}section>details{margin-top:10px}.card+h3,.card+details,details .card{margin-top:12px}h3{margin-top:18px}.verdict{font-weight:600}
.slower{color:var(--bad)}.faster,.indistinguishable{color:var(--good)}.inconclusive,.invalid{color:var(--warn)}
.claims{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(300px,100%),1fr));gap:16px}
.claims blockquote{margin:0 0 10px;font-weight:600}.claims p{margin:6px 0}
.refuted{color:var(--bad)}.confirmed{color:var(--good)}.unsettled{color:var(--warn)}.unmeasured{color:var(--mute)}
pre{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px;overflow:auto;
font:13.5px/1.5 ui-monospace,monospace}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 18px;font-size:14px;margin:0}
dt{color:var(--mute)}dd{margin:0;overflow-wrap:anywhere}
details{margin-top:12px}summary{cursor:pointer;color:var(--mute);font-size:14px}
ul.plain{margin:0;padding-left:1.2em}
figure{margin:0 0 22px}figcaption{font-weight:600;font-size:15px;margin:0 0 8px}.scale-linear,.linear .scale-log{display:none}
.linear .scale-linear{display:inline}.spot{fill:transparent}.spot:hover{fill:var(--ink);opacity:.5}svg .label{font-size:12px}
.controls{display:flex;flex-wrap:wrap;gap:8px 22px;align-items:center;margin:0 0 14px;font-size:14px}.controls[hidden]{display:none}
.controls fieldset{border:0;padding:0;margin:0;display:flex;flex-wrap:wrap;gap:4px 16px;min-width:0}.controls legend{float:left;color:var(--mute);margin-right:10px}
.controls input{accent-color:var(--kernel);margin-right:6px}select{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:4px 6px;max-width:100%}
.controls label{max-width:100%}:focus-visible{outline:2px solid var(--kernel);outline-offset:2px}
@media(max-width:640px){main{padding:24px 14px 64px}.pad{padding:12px}dl{grid-template-columns:1fr}dt{margin-top:6px}}
@media print{body{background:#fff}.card,h2{break-inside:avoid}details>*{display:block}.controls{display:none}figure[hidden]{display:block}main{padding:0}}
`;
