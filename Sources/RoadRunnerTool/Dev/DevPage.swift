import NIOCore

/// The page that is shown in place of the program.
struct DevPage: Sendable, Hashable {
    static let status = 500
    /// Browsers reload it until the program is there.
    static let headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
    /// The maximum size of the text in bytes; its beginning is omitted.
    private static let maximumText = 256 * 1024

    let title: String
    let text: String

    var html: String {
        """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <meta http-equiv="refresh" content="2">
        <title>\(Self.escaped(self.title))</title>
        <style>
        :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
        body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
        h1 { font-size: 1.4rem }
        pre { overflow-x: auto; padding: 1rem; border: 1px solid #8886; border-radius: .5rem; font: 14px/1.5 ui-monospace, monospace }
        .error { color: #d33; font-weight: 600 }
        .warning { color: #b80 }
        p { opacity: .7 }
        </style>
        <h1>\(Self.escaped(self.title))</h1>
        <pre>\(self.lines)</pre>
        <p>This page reloads itself until the program is there. rr-swift dev</p>
        </html>

        """
    }

    private var lines: String {
        String(decoding: self.text.utf8.suffix(Self.maximumText), as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false
        )
        .map { line in
            let escaped = Self.escaped(line)
            if line.contains("error:") { return "<span class=\"error\">\(escaped)</span>" }
            return line.contains("warning:") ? "<span class=\"warning\">\(escaped)</span>" : escaped
        }
        .joined(separator: "\n")
    }

    static func escaped(_ text: some StringProtocol) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            // Terminal colours begin with it.
            case "\u{1B}": continue
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    // MARK: As a worker's response

    /// Writes the head of the response as an `http.v1.Response`, which RoadRunner's `http` plugin reads. By hand, since the tool does not
    /// link SwiftProtobuf for one message.
    static func writeHead(to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(0x08))
        Self.writeVarint(Self.status, to: &buffer)
        for (name, value) in Self.headers {
            // HeaderValue
            var values = ByteBuffer()
            Self.writeField(0x0A, ByteBuffer(string: value), to: &values)
            // An entry of the map
            var entry = ByteBuffer()
            Self.writeField(0x0A, ByteBuffer(string: name), to: &entry)
            Self.writeField(0x12, values, to: &entry)
            Self.writeField(0x12, entry, to: &buffer)
        }
    }

    private static func writeField(_ tag: UInt8, _ bytes: ByteBuffer, to buffer: inout ByteBuffer) {
        buffer.writeInteger(tag)
        Self.writeVarint(bytes.readableBytes, to: &buffer)
        buffer.writeImmutableBuffer(bytes)
    }

    private static func writeVarint(_ number: Int, to buffer: inout ByteBuffer) {
        var rest = UInt(max(0, number))
        while rest >= 0x80 {
            buffer.writeInteger(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        buffer.writeInteger(UInt8(rest))
    }
}
