#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension InspectorHTML {
    /// A content security policy that allows only this style, and no script.
    static let policy = Self.policy(scripts: nil)
    /// A policy that also allows the script, which may only connect to this server.
    static let livePolicy = Self.policy(scripts: InspectorScript.text)

    private static func policy(scripts: String?) -> String {
        let script = scripts.map { "script-src \(Self.source(of: $0)); connect-src 'self'; " } ?? ""
        return """
            default-src 'none'; img-src data:; style-src \(Self.source(of: Self.style)); \(script)form-action 'self'; frame-ancestors 'none'; \
            base-uri 'none'
            """
    }

    /// Identifies a script or style by its hash.
    private static func source(of text: String) -> String {
        "'sha256-\(Data(SHA256.digest(text.utf8)).base64EncodedString())'"
    }

    /// - Parameter content: HTML, fully escaped.
    static func frame(title: String, script: String?, content: () -> String) -> String {
        ErrorPage.frame(title: title, head: "<link rel=\"icon\" href=\"data:,\">\n", style: Self.style) {
            "\(content())\n\(script.map { "<script>\($0)</script>" } ?? "")"
        }
    }

    /// On a narrow screen each record is a block of two lines, and nothing is wider than the screen.
    private static let style =
        ErrorPage.style + """

            body { max-width: 76rem; margin: 1.5rem auto } h1 { color: var(--text); margin: 0; font-size: 1.35rem }
            .bar { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center } .bar h1 { flex: 1 1 auto }
            #state { margin: 0; color: var(--soft) } #state::before { content: "○ " } #state.live::before { content: "● "; color: var(--good) }
            #state.lost { color: var(--bad); font-weight: 600 } #state.lost::before { content: "✕ " }
            form { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0 } input[type=search] { flex: 1 1 16rem }
            input, select, button { font: inherit; color: inherit; background: var(--box); border: 1px solid var(--line); border-radius: 6px; padding: .4rem .7rem; min-height: 2.75rem; max-width: 100% }
            button { cursor: pointer; font-weight: 600 } ::placeholder { color: var(--soft); opacity: 1 }
            :focus-visible { outline: 2px solid var(--link); outline-offset: 1px }
            nav { display: flex; flex-wrap: wrap; gap: .25rem .5rem; align-items: center } nav span { color: var(--soft) }
            nav a { padding: .25rem .75rem; border: 1px solid var(--line); border-radius: 999px; text-decoration: none; color: inherit; min-height: 2.25rem; display: inline-flex; gap: .35rem; align-items: center }
            nav a[aria-current] { background: var(--link); color: var(--back); border-color: var(--link) } small { font-size: .8em }
            .notice { border: 1px solid var(--odd); border-left-width: 4px; border-radius: 6px; padding: .6rem .9rem }
            .records th, .lines th { font-weight: 600; color: var(--soft); font-family: inherit; padding: .4rem .75rem .4rem 0 }
            .records td { padding: .45rem .75rem .45rem 0; font-family: inherit } .records td:first-child { padding-left: .6rem; border-left: 4px solid transparent; white-space: nowrap; width: 1% }
            .records th:first-child { padding-left: .6rem }
            .records .name { font-family: ui-monospace, monospace } .name a { display: inline-block; padding: .15rem 0; font-weight: 600; text-decoration: none } .name a:hover { text-decoration: underline }
            .duration, .worker, .time, .number { white-space: nowrap; font-variant-numeric: tabular-nums } .duration, .number { text-align: right }
            .records th:nth-child(3) { text-align: right } .label { display: none } .records .duration { width: 1% } .worker, .time { width: 1% }
            .route { color: var(--soft) } .error { display: block; color: var(--bad); font-size: .95em }
            .refused .error { color: var(--odd) }
            .badge { display: inline-block; min-width: 2.6rem; text-align: center; padding: 0 .45rem; border: 1px solid var(--good); color: var(--good); border-radius: 4px; font-weight: 600; white-space: normal }
            .refused .badge { border-color: var(--odd); color: var(--odd) } .refused td:first-child { border-left-color: var(--odd) } .word { color: var(--odd); font-size: .9em; font-weight: 600 }
            .failed .badge { border-color: var(--bad); background: var(--bad); color: var(--back) } .failed td:first-child { border-left-color: var(--bad) } .failed .word { color: var(--bad) }
            tr.failed { background: color-mix(in srgb, var(--bad) 9%, transparent) } tr.new { animation: new 2s } @keyframes new { from { background: color-mix(in srgb, var(--link) 30%, transparent) } }
            @media (prefers-reduced-motion: reduce) { tr.new { animation: none } }
            .back { display: inline-block; padding: .5rem 0 } .facts { display: flex; flex-wrap: wrap; gap: .35rem .75rem; align-items: center }
            dl { display: grid; grid-template-columns: fit-content(16rem) 1fr; gap: .25rem 1.25rem; font: .875rem/1.5 ui-monospace, monospace; margin: .25rem 0 } dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere; min-width: 0 }
            .lines td, .lines th { padding-right: 1.25rem } .lines .number { width: 1% } .lines th:first-child { text-align: right } pre.bad { border-left: 4px solid var(--bad) }
            @media (max-width: 40rem) {
              body { margin: 1rem auto } form select { flex: 1 1 7rem; width: 7rem; min-width: 0 } form button, #pause { flex: 0 0 auto } nav a { min-height: 2.75rem }
              .records, .records tbody, .lines, .lines tbody { display: block } .records thead, .lines thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
              .records tr { display: grid; grid-template-columns: 1fr auto; gap: .1rem .75rem; border-bottom: 1px solid var(--line); border-left: 4px solid transparent; padding: .6rem .5rem .6rem .7rem }
              .records tr.refused { border-left-color: var(--odd) } .records tr.failed { border-left-color: var(--bad) }
              .bar h1 { flex-basis: 100% } #state { flex: 1 1 auto }
              .records td, .records td:first-child, .records td.duration { border: 0; padding: 0; width: auto; white-space: normal } .records td.duration { text-align: right; white-space: nowrap } .records td.name { grid-column: 1 / -1; order: 1 } .records td.worker { order: 2 } .records td.time { order: 3; text-align: right }
              .records .name a { display: block; padding: .35rem 0 } .worker, .time { color: var(--soft) } .label { display: inline }
              .lines tr { display: flex; flex-wrap: wrap; gap: 0 .75rem; border-bottom: 1px solid var(--line); padding: .3rem 0 } .lines td, .lines td.number { border: 0; padding: 0; max-width: 100%; width: auto }
              dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .5rem }
            }
            """
}
