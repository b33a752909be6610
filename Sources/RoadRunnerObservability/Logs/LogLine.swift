import Logging

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Renders log lines.
enum LogLine {
    /// - Parameter metadata: the metadata of the logger and of the event, merged.
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
        // Bytes, since appending to strings is slow.
        var line: [UInt8] = []
        line.reserveCapacity(512)
        line += "{\"time\":\"".utf8
        Self.appendTime(to: &line)
        line += "\",\"level\":\"".utf8
        line += event.level.rawValue.utf8
        line += "\",\"logger\":".utf8
        JSONString.append(label, to: &line)
        line += ",\"message\":".utf8
        JSONString.append(event.message.description, to: &line)
        line += ",\"source\":".utf8
        JSONString.append(event.source, to: &line)
        if let error = event.error {
            line += ",\"error\":".utf8
            JSONString.append("\(error)", to: &line)
        }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where key != "error" || event.error == nil {
            line.append(UInt8(ascii: ","))
            switch key {
            case "time", "level", "logger", "message", "source": JSONString.append("metadata.\(key)", to: &line)
            default: JSONString.append(key, to: &line)
            }
            line.append(UInt8(ascii: ":"))
            Self.append(value, depth: 0, to: &line)
        }
        line += "}\n".utf8
        return String(decoding: line, as: UTF8.self)
    }

    private static func append(_ value: Logger.MetadataValue, depth: Int, to line: inout [UInt8]) {
        guard depth < 8 else { return JSONString.append("\(value)", to: &line) }
        switch value {
        case .string(let text): JSONString.append(text, to: &line)
        case .stringConvertible(let value): JSONString.append(value.description, to: &line)
        case .array(let values):
            line.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                Self.append(value, depth: depth + 1, to: &line)
            }
            line.append(UInt8(ascii: "]"))
        case .dictionary(let values):
            line.append(UInt8(ascii: "{"))
            for (index, (key, value)) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                JSONString.append(key, to: &line)
                line.append(UInt8(ascii: ":"))
                Self.append(value, depth: depth + 1, to: &line)
            }
            line.append(UInt8(ascii: "}"))
        }
    }

    /// A string on one line, which prevents log injection.
    static func oneLine(_ text: String) -> String { Self.shown(text, keepsASCII: false) }

    /// A string with invisible characters escaped, except for ASCII ones such as line ends, which RoadRunner's logger escapes in
    /// attributes.
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
            // Terminals obey control characters; the others make them show the rest of a line in another order.
            case "\u{00}"..<"\u{20}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}":
                line.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            default: line.append(scalar)
            }
        }
        return String(line)
    }

    private static func now() -> String {
        var bytes: [UInt8] = []
        Self.appendTime(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the time, as in `2026-11-25T10:00:00.123Z`.
    private static func appendTime(to line: inout [UInt8]) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var seconds = time.tv_sec
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func append(_ number: Int, width: Int, _ end: UInt8) {
            var divisor = 1
            for _ in 1..<width { divisor *= 10 }
            while divisor > 0 {
                line.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
                divisor /= 10
            }
            line.append(end)
        }
        append(1900 + Int(parts.tm_year), width: 4, UInt8(ascii: "-"))
        append(Int(parts.tm_mon) + 1, width: 2, UInt8(ascii: "-"))
        append(Int(parts.tm_mday), width: 2, UInt8(ascii: "T"))
        append(Int(parts.tm_hour), width: 2, UInt8(ascii: ":"))
        append(Int(parts.tm_min), width: 2, UInt8(ascii: ":"))
        append(Int(parts.tm_sec), width: 2, UInt8(ascii: "."))
        append(Int(time.tv_nsec) / 1_000_000, width: 3, UInt8(ascii: "Z"))
    }
}
