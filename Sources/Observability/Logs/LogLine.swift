import Logging

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Log lines as text.
enum LogLine {
    /// - Parameter metadata: of the logger and of the event, merged.
    static func render(_ event: LogEvent, label: String, _ metadata: Logger.Metadata, as format: LogFormat) -> String {
        switch format {
        case .text: Self.text(event, label, metadata)
        case .json: Self.json(event, label, metadata)
        }
    }

    private static func text(_ event: LogEvent, _ label: String, _ metadata: Logger.Metadata) -> String {
        var line =
            "\(Self.now()) \(event.level.rawValue.uppercased()) \(Self.oneLine(label)): \(Self.oneLine("\(event.message)"))"
        if let error = event.error { line += " error=\(Self.oneLine("\(error)"))" }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += " \(Self.oneLine(key))=\(Self.oneLine("\(value)"))"
        }
        return line + "\n"
    }

    private static func json(_ event: LogEvent, _ label: String, _ metadata: Logger.Metadata) -> String {
        var line = "{\"time\":\"\(Self.now())\",\"level\":\"\(event.level.rawValue)\",\"logger\":\(JSONString.quoted(label))"
        line += ",\"message\":\(JSONString.quoted("\(event.message)")),\"source\":\(JSONString.quoted(event.source))"
        if let error = event.error { line += ",\"error\":\(JSONString.quoted("\(error)"))" }
        let taken: Set<String> = ["time", "level", "logger", "message", "source"]
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where key != "error" || event.error == nil {
            line += ",\(JSONString.quoted(taken.contains(key) ? "metadata.\(key)" : key)):\(Self.json(value, depth: 0))"
        }
        return line + "}\n"
    }

    private static func json(_ value: Logger.MetadataValue, depth: Int) -> String {
        guard depth < 8 else { return JSONString.quoted("\(value)") }
        switch value {
        case .string(let text): return JSONString.quoted(text)
        case .stringConvertible(let value): return JSONString.quoted("\(value)")
        case .array(let values): return "[" + values.map { Self.json($0, depth: depth + 1) }.joined(separator: ",") + "]"
        case .dictionary(let values):
            let entries = values.sorted { $0.key < $1.key }.map {
                "\(JSONString.quoted($0.key)):\(Self.json($0.value, depth: depth + 1))"
            }
            return "{" + entries.joined(separator: ",") + "}"
        }
    }

    /// What was logged is one line, whatever is in it: nobody must forge another.
    static func oneLine(_ text: String) -> String { Self.shown(text, keepsASCII: false) }

    /// The same but for line ends and the like, which RoadRunner's logger escapes in attributes.
    static func attribute(_ text: String) -> String { Self.shown(text, keepsASCII: true) }

    private static func shown(_ text: String, keepsASCII: Bool) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 || $0 == 0xE2 }) else { return text }
        var line = String.UnicodeScalarView()
        var isAfterReturn = false
        for scalar in text.unicodeScalars {
            defer { isAfterReturn = scalar == "\r" }
            switch scalar {
            case "\u{00}"..<"\u{20}" where keepsASCII: line.append(scalar)
            case "\n" where isAfterReturn: continue
            case "\n", "\r", "\u{0B}", "\u{0C}", "\u{85}", "\u{2028}", "\u{2029}": line.append("⏎")
            case "\t": line.append(scalar)
            // Terminals obey control characters, and show the rest of a line in another order after the others.
            case "\u{00}"..<"\u{20}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}":
                line.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            default: line.append(scalar)
            }
        }
        return String(line)
    }

    /// `2026-11-25T10:00:00.123Z`.
    private static func now() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var seconds = time.tv_sec
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date = "\(1900 + parts.tm_year)-\(padded(Int(parts.tm_mon) + 1, 2))-\(padded(Int(parts.tm_mday), 2))"
        let clock = "\(padded(Int(parts.tm_hour), 2)):\(padded(Int(parts.tm_min), 2)):\(padded(Int(parts.tm_sec), 2))"
        return "\(date)T\(clock).\(padded(Int(time.tv_nsec) / 1_000_000, 3))Z"
    }
}
