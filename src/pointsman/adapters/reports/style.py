"""The style sheet of report pages, and what a browser may do with them."""

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Content security policy: even if a text were not escaped, nothing would run and nothing would be fetched."""

STYLE = """
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: #1f2933; margin: 0;
       background: #f5f7fa; color-scheme: light }
main { max-width: 1080px; margin: 0 auto; padding: 24px 20px 48px }
header, section { background: #fff; border: 1px solid #e1e7ee; border-radius: 10px; padding: 18px 22px;
                  margin: 0 0 16px }
h1 { font-size: 26px; margin: 0 0 8px }
h2 { font-size: 17px; margin: 0 0 10px }
h3 { font-size: 14px; margin: 16px 0 6px; color: #52606d }
table { border-collapse: collapse; width: 100%; font-size: 13.5px }
th { text-align: left; color: #52606d; border-bottom: 2px solid #e1e7ee; padding: 6px 14px 6px 0 }
td { border-bottom: 1px solid #eef2f6; padding: 7px 14px 7px 0; vertical-align: top; overflow-wrap: anywhere }
td:first-child { min-width: 130px }
td:nth-child(2) { min-width: 90px }
td .badge { margin: 0 }
table.tight { width: auto }
table.tight td, table.tight th { padding-right: 32px }
td.num, th.num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
table.answers { table-layout: fixed }
table.answers td { white-space: pre-wrap }
.badge { display: inline-block; white-space: nowrap; border-radius: 999px; padding: 1px 11px; font-size: 13px;
         font-weight: 600; margin: 0 6px 6px 0 }
.good { background: #def7e5; color: #116b32 }
.bad { background: #fde3e1; color: #a3180e }
.open { background: #fdf0d2; color: #8a5a00 }
.plain { background: #e9eef4; color: #3e4c59 }
.quiet { color: #7b8794 }
img { max-width: 100%; display: block; margin: 4px 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 16px; margin: 0 }
dt { color: #52606d }
dd { margin: 0; overflow-wrap: anywhere }
ul { margin: 4px 0; padding-left: 20px }
p { margin: 4px 0 10px }
"""
