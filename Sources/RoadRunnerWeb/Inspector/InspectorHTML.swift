#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The inspector's HTML. It works without scripts; with them it is live.
enum InspectorHTML {
    /// The duration from which a record is marked as slow, in microseconds.
    private static let slow = 500_000

    /// The list, with everything around it.
    static func page(_ contents: InspectorContents) -> String {
        Self.frame(title: "Requests and events", script: InspectorScript.text) {
            """
            <div class="bar">
            <h1>Requests and events</h1>
            <p id="state" role="status">as of now</p>
            <button id="pause" type="button" hidden>Pause</button>
            </div>
            \(Self.form(contents.filter))
            <main id="records">
            \(Self.records(contents))
            </main>
            """
        }
    }

    // MARK: Filter

    private static func form(_ filter: InspectorFilter) -> String {
        func options(_ all: [(value: String, title: String)], _ chosen: String?) -> String {
            all.map { value, title in
                "<option value=\"\(value)\"\(value == chosen ?? "" ? " selected" : "")>\(title)</option>"
            }.joined()
        }
        let statuses = [("", "any result")] + InspectorFilter.Status.allCases.map { ($0.rawValue, $0.title) }
        let durations = Set(InspectorFilter.durations + [filter.slow].compactMap { $0 }).sorted()
            .map { ("\($0)", "\($0) ms and more") }
        return """
            <form id="filter" method="get" role="search">
            <input type="search" name="q" value="\(HTMLText.escape(filter.text))" placeholder="path, route, id, error" aria-label="Text">
            <select name="status" aria-label="Result">\(options(statuses, filter.status?.rawValue))</select>
            <select name="slow" aria-label="Duration">\(options([("", "any duration")] + durations, filter.slow.map { "\($0)" }))</select>
            <input type="hidden" name="worker" value="\(filter.worker.map { "\($0)" } ?? "")">
            <button>Filter</button>
            </form>
            """
    }

    private static func workers(_ contents: InspectorContents) -> String {
        var filter = contents.filter
        guard contents.workers.count > 1 || filter.worker != nil else { return "" }
        func link(_ title: String, isCurrent: Bool) -> String {
            let id = filter.worker.map { "\($0)" } ?? "all"
            let current = isCurrent ? " aria-current=\"true\"" : ""
            return "<a id=\"w-\(id)\" href=\"\(HTMLText.escape(filter.query))\"\(current)>\(title)</a>"
        }
        let chosen = filter.worker
        filter.worker = nil
        var links = [link("all", isCurrent: chosen == nil)]
        for worker in contents.workers {
            filter.worker = worker.pid
            links.append(link("\(worker.pid) <small>(\(worker.count))</small>", isCurrent: chosen == worker.pid))
        }
        return "<nav aria-label=\"Workers\"><span>Workers</span> \(links.joined(separator: " "))</nav>"
    }

    // MARK: Records

    /// The part of the page that changes.
    static func records(_ contents: InspectorContents) -> String {
        let notice = contents.notice.map { "<p class=\"notice\"><strong>Note:</strong> \(HTMLText.escape($0))</p>" } ?? ""
        return [notice, Self.workers(contents), Self.summary(contents), Self.table(contents.records)]
            .filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private static func summary(_ contents: InspectorContents) -> String {
        let all = contents.workers.reduce(0) { $0 + $1.count }
        guard contents.total > 0 else {
            return contents.filter.isEmpty || all == 0
                ? "<p>There are none yet.</p>" : "<p>None of \(all) match. <a href=\"?\">Show all</a></p>"
        }
        let count = contents.records.count
        let shown = count < contents.total ? "The last \(count) of \(contents.total)" : "\(count)"
        let matching = contents.filter.isEmpty ? "" : " of \(all). <a href=\"?\">Show all</a>"
        return "<p class=\"note\">\(shown), latest first\(matching)</p>"
    }

    private static func table(_ rows: [InspectorContents.Row]) -> String {
        guard !rows.isEmpty else { return "" }
        return """
            <table class="records">
            <thead><tr><th scope="col">Result</th><th scope="col">Request or event</th><th scope="col">Duration</th><th scope="col">Worker</th>\
            <th scope="col" class="zone">Time, UTC</th></tr></thead>
            <tbody>
            \(rows.map(Self.row).joined(separator: "\n"))
            </tbody>
            </table>
            """
    }

    private static func row(_ row: InspectorContents.Row) -> String {
        let record = row.record
        let id = HTMLText.escape(record.id)
        var name = "<a id=\"a-\(id)\" href=\"?record=\(id)\">\(HTMLText.escape(record.name))</a>"
        if let route = record.route, !record.name.utf8.reversed().starts(with: route.utf8.reversed()) {
            name += " <span class=\"route\">\(HTMLText.escape(route))</span>"
        }
        if record.mode != "http" { name += " <span class=\"route\">\(HTMLText.escape(record.mode))</span>" }
        if let error = record.error { name += "<span class=\"error\">\(HTMLText.escape(error))</span>" }
        return """
            <tr id="r-\(id)" class="\(record.severity.rawValue)"><td class="result">\(Self.result(record))</td><td class="name">\(name)</td>\
            <td class="duration">\(Self.duration(record.microseconds))</td><td class="worker"><span class="label">worker </span>\(row.pid)</td>\
            <td class="time">\(Self.time(record.time))</td></tr>
            """
    }

    /// The result in words as well, for readers who cannot distinguish the colours.
    private static func result(_ record: InspectorRecord) -> String {
        let word =
            switch record.severity {
            case .fine: ""
            case .refused: "△ refused"
            case .failed: "✕ failed"
            }
        // A response that is cut short or missing does not mean that anything was refused.
        let isOnlyNoted = record.severity == .refused && !record.notes.isEmpty && (record.status ?? 200) < 400
        let words = ((isOnlyNoted ? [] : [word]) + record.notes).filter { !$0.isEmpty }.joined(separator: ", ")
        return "<span class=\"badge\">\(HTMLText.escape(record.result))</span>"
            + (words.isEmpty ? "" : " <span class=\"word\">\(HTMLText.escape(words))</span>")
    }

    private static func duration(_ microseconds: Int) -> String {
        let text = Self.milliseconds(microseconds)
        return microseconds >= Self.slow ? "<strong>\(text)</strong> <span class=\"word\">slow</span>" : text
    }

    static func milliseconds(_ microseconds: Int) -> String {
        let (whole, fraction) = (microseconds / 1000, microseconds % 1000)
        guard whole < 100 else { return "\(whole) ms" }
        let digits = String(fraction)
        return "\(whole).\(String(repeating: "0", count: max(0, 3 - digits.count)))\(digits) ms"
    }

    /// Scripts show it in the reader's time zone.
    static func time(_ milliseconds: Int) -> String {
        let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
        let text = date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        let clock = text.split(separator: "T").last.map { String($0.prefix(8)) } ?? text
        return "<time datetime=\"\(text)\">\(clock)</time>"
    }

    // MARK: Details

    static func missing(_ id: String) -> String {
        Self.frame(title: "No such record", script: nil) {
            """
            <p><a class="back" href="?">← All requests and events</a></p>
            <h1>No such record</h1>
            <p>There is no record <code>\(HTMLText.escape(id))</code>, or its details are gone: only the latest are kept, and those of other
            processes for 15 minutes.</p>
            """
        }
    }

    static func page(_ details: InspectorDetails) -> String {
        let record = details.record
        return Self.frame(title: record.name, script: nil) {
            [
                "<p><a class=\"back\" href=\"?\">← All requests and events</a></p>",
                "<h1>\(HTMLText.escape(details.target ?? record.name))</h1>",
                """
                <p class="facts \(record.severity.rawValue)">\(Self.result(record)) <span>\(Self.duration(record.microseconds))</span> \
                <span>\(Self.time(record.time)) UTC</span></p>
                """,
                Self.list(
                    "",
                    [
                        ("id", record.id), ("mode", record.mode), ("route", record.route ?? ""),
                        ("number", "\(record.number) in its process"),
                    ]),
                details.errors.isEmpty
                    ? "" : "<h2>Errors</h2>" + details.errors.map { "<pre class=\"bad\">\(HTMLText.escape($0))</pre>" }.joined(),
                Self.table("Phases", ["at", ""], details.marks.map { [Self.milliseconds($0.microseconds), $0.name] }),
                Self.table(
                    "Remote calls", ["at", "method", "took", "error"],
                    details.calls.map {
                        [Self.milliseconds($0.microseconds), $0.method, Self.milliseconds($0.duration), $0.error ?? ""]
                    }),
                Self.table(
                    "Log", ["at", "level", "message", ""],
                    details.logs.map { [Self.milliseconds($0.microseconds), $0.level, $0.message, $0.metadata] }),
                details.dumps.isEmpty
                    ? ""
                    : "<h2>Dumps</h2>"
                        + details.dumps.map { "<h3>\(HTMLText.escape($0.name))</h3><pre>\(HTMLText.escape($0.value))</pre>" }
                        .joined(),
                Self.list("Tags", details.tags.map { ($0.name, $0.value) }),
                Self.list("Headers of the request", details.headers.map { ($0.name, $0.value) }),
                details.isCut
                    ? "<p class=\"note\">There was more: long strings were truncated, and entries beyond the limit left out.</p>"
                    : "",
            ].filter { !$0.isEmpty }.joined(separator: "\n")
        }
    }

    private static func table(_ title: String, _ columns: [String], _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "" }
        let lines = rows.map { row in
            "<tr>"
                + zip(columns, row).map { column, text in
                    "<td class=\"\(column == "at" || column == "took" ? "number" : "")\">\(HTMLText.escape(text))</td>"
                }.joined() + "</tr>"
        }
        let head = columns.map { "<th scope=\"col\">\($0)</th>" }.joined()
        return "<h2>\(title)</h2><table class=\"lines\"><thead><tr>\(head)</tr></thead><tbody>\(lines.joined())</tbody></table>"
    }

    private static func list(_ title: String, _ entries: [(name: String, value: String)]) -> String {
        let lines = entries.filter { !$0.value.isEmpty }.map {
            "<dt>\(HTMLText.escape($0.name))</dt><dd>\(HTMLText.escape($0.value))</dd>"
        }
        guard !lines.isEmpty else { return "" }
        return (title.isEmpty ? "" : "<h2>\(title)</h2>") + "<dl>\(lines.joined())</dl>"
    }
}
