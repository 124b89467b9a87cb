/** The page's style sheet: system fonts, light or dark as the reader's system is. */
export const style = `
:root{color-scheme:light dark;--paper:#fcfcfb;--card:#fff;--ink:#1c1e21;--soft:#62676e;--rule:#e2e4e7;--c0:#2563c9;--c1:#d0590f;--c2:#11845b;--c3:#8347b8;--good:#11845b;--bad:#c2331f;--tint-right:#2563c9;--tint-wrong:#d0590f}
@media(prefers-color-scheme:dark){:root{--paper:#131518;--card:#1b1e22;--ink:#e6e8ea;--soft:#9aa1a9;--rule:#31353b;--c0:#74a7ff;--c1:#ff9a57;--c2:#4cc894;--c3:#c495f2;--good:#4cc894;--bad:#ff7f6b;--tint-right:#3f74d1;--tint-wrong:#c4652a}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1180px;margin:0 auto;padding:36px 24px 72px}
h1{font-size:27px;line-height:1.25;margin:0;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:19px;margin:52px 0 14px;font-weight:620}
h3{font-size:15px;margin:22px 0 10px;font-weight:600;color:var(--soft)}
p{margin:8px 0}
header p{color:var(--soft);margin:4px 0 0;overflow-wrap:anywhere}
.note{color:var(--soft);font-size:13px;font-weight:400}
ul{margin:2px 0;padding-left:20px}
.missing{color:var(--soft);border-left:3px solid var(--rule);padding:4px 12px}
figure{margin:0}
b{font-weight:620}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin-top:22px}
.tile,.chart,.scroll,.columns,.firing,.list{background:var(--card);border:1px solid var(--rule);border-radius:9px}
.tile{padding:11px 15px}
.tile b{display:block;font-size:20px;letter-spacing:-.01em}
.tile span{color:var(--soft);font-size:13px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:16px}
.chart{padding:13px 14px 6px}
.chart figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;gap:2px 16px;font-weight:620;padding:0 2px 6px}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;font-weight:400;font-size:13px;color:var(--soft)}
.legend b{color:var(--ink)}
.key i{display:inline-block;width:16px;height:0;border-top:2.5px solid var(--c);vertical-align:middle;margin-right:6px}
.key.dashed i{border-top-style:dashed}
.c0{--c:var(--c0)}.c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}
svg{display:block;width:100%;height:auto}
.line{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
.line.faint{stroke-width:1;opacity:.32}
.line.dashed{stroke-dasharray:6 5}
.dot{fill:var(--c)}
.grid{stroke:var(--rule);stroke-width:1}
.tick{fill:var(--soft);font-size:11.5px}
table{border-collapse:collapse}
th{text-align:left;font-weight:500}
caption{text-align:left;font-weight:620;padding-bottom:6px}
.number{text-align:right}
.scroll{overflow-x:auto;padding:10px 14px}
.lif{width:100%}
.lif th,.lif td{padding:3px 18px 3px 0;white-space:nowrap}
.lif thead th{border-bottom:1px solid var(--rule);padding-bottom:7px;font-weight:620}
.lif thead .note{margin-left:6px}
.lif td b{font-weight:500}
.spark{display:inline-block;width:120px;height:26px;vertical-align:middle;margin-right:10px}
.columns{padding:14px 18px;columns:2 380px;column-gap:36px}
.config{width:100%;margin-bottom:16px;font-size:14px}
.config tr{break-inside:avoid}
.config th{color:var(--soft);padding:2px 14px 2px 0;width:44%;vertical-align:top}
.config td{padding:2px 0;overflow-wrap:anywhere}
.beside{display:flex;flex-wrap:wrap;gap:18px;align-items:flex-start}
.beside>div{min-width:0;max-width:100%}
.confusion{font-size:13px}
.confusion td,.confusion th{padding:5px 7px;text-align:right;border:0}
.confusion tbody th{white-space:nowrap;max-width:190px;overflow:hidden;text-overflow:ellipsis}
.confusion thead th{vertical-align:bottom}
.confusion thead span{display:block;max-width:86px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;margin-left:auto}
.confusion .corner{color:var(--soft);font-size:12px;white-space:nowrap}
.confusion .right{background:color-mix(in srgb,var(--tint-right) var(--share),transparent);font-weight:620}
.confusion .wrong{background:color-mix(in srgb,var(--tint-wrong) var(--share),transparent)}
.confusion tbody td{min-width:44px}
.confusion .none{color:color-mix(in srgb,var(--soft) 45%,transparent)}
.list{display:block;padding:11px 16px;font-size:14px}
.list th{color:var(--soft);padding:2px 20px 4px 0;font-size:13px}
.list td{padding:2px 20px 2px 0}
.pixels{image-rendering:pixelated}
.overview{width:min(100%,640px);border:1px solid var(--rule)}
.examples{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:16px}
.example img{width:100%;aspect-ratio:1;border-radius:6px;display:block;border:1px solid var(--rule)}
.example figcaption,.map figcaption,.input figcaption{display:flex;flex-direction:column;font-size:13px;line-height:1.35;margin-top:5px;overflow-wrap:anywhere}
.good{color:var(--good)}.bad{color:var(--bad)}
.firing{display:grid;grid-template-columns:200px 1fr;gap:26px;padding:18px;margin-top:14px}
.input img{width:100%;border-radius:6px;display:block;border:1px solid var(--rule)}
.blocks{display:grid;grid-template-columns:repeat(auto-fill,minmax(316px,1fr));gap:18px 26px}
.block{display:grid;grid-template-columns:1fr 1fr;gap:12px}
.map img{width:100%;height:auto;display:block;border-radius:3px}
.map .note{font-size:12px}
.hatched{background:repeating-linear-gradient(45deg,var(--rule) 0 3px,transparent 3px 7px)}
.swatch{display:inline-block;width:26px;height:12px;vertical-align:-1px;border:1px solid var(--rule)}
.scale{white-space:nowrap}
.scale i{display:inline-block;width:120px;height:11px;border-radius:2px;vertical-align:-1px;margin:0 4px}
footer{margin-top:56px;color:var(--soft);font-size:13px}
@media(max-width:720px){.firing{grid-template-columns:1fr}.input{max-width:220px}main{padding:22px 14px 48px}}
@media print{.chart,.tile,.firing,.block,tr{break-inside:avoid}}
`;
