extension ReportPage {
    /// Light or dark as the reader's device is; one column on a phone; no section torn apart on paper.
    static let style: HTML = """
        :root{color-scheme:light dark;--ink:#1b1f24;--soft:#5b6470;--line:#d9dee4;--paper:#fff;--card:#f5f7f9;\
        --warn:#fff7e0;--warnline:#e2c56b}
        @media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#9aa4b0;--line:#343b44;--paper:#14171b;\
        --card:#1d2228;--warn:#2b2614;--warnline:#6d5c22}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",\
        Roboto,"Noto Sans",sans-serif}
        main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem 4rem}
        h1{font-size:1.8rem;line-height:1.2;margin:0 0 .3rem;overflow-wrap:anywhere}
        h2{font-size:1.25rem;margin:2.2rem 0 .7rem}
        .lead{margin:0;color:var(--soft);overflow-wrap:anywhere}
        .note,small,figcaption,caption{color:var(--soft);font-size:.875rem}
        small{white-space:nowrap}
        dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr));gap:.6rem 1.5rem;margin:0}
        dt{color:var(--soft);font-size:.875rem}
        dd{margin:0;overflow-wrap:anywhere}
        .limits{background:var(--warn);border:1px solid var(--warnline);border-radius:.5rem;padding:0 1rem .4rem;\
        margin-top:2.2rem}
        .limits h2{margin-top:.9rem}
        .limits ul{padding-left:1.2rem;margin:.4rem 0 .6rem}
        figure{margin:0}
        img{display:block;max-width:100%;height:auto;border-radius:.3rem;background:var(--card)}
        figcaption{padding:.35rem 0 0;overflow-wrap:anywhere}
        figcaption strong{color:var(--ink);margin-right:.4rem}
        .pair,.grid{display:grid;gap:1.2rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr))}
        .over{display:grid;gap:0 2rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));align-items:start}
        .pair img,.grid img{width:100%}
        .scroll{overflow-x:auto}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin-top:.8rem}
        caption{text-align:left;padding-bottom:.4rem}
        th,td{padding:.3rem 1.1rem .3rem 0;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap;\
        font-weight:normal}
        thead th{color:var(--soft);font-size:.875rem;vertical-align:bottom}
        th:first-child{text-align:left}
        .tracks td:nth-child(2),.tracks th:nth-child(2){text-align:left}
        .none{color:var(--soft)}
        i{display:inline-block;width:.8rem;height:.8rem;border-radius:.2rem;margin-right:.5rem;vertical-align:-.05rem}
        @media print{main{max-width:none;padding:0}body{font-size:11pt}figure,tr,.limits,dl div{break-inside:avoid}\
        h2{break-after:avoid}thead{display:table-header-group}.grid{grid-template-columns:1fr 1fr}\
        i,img,.limits{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
        """
}
