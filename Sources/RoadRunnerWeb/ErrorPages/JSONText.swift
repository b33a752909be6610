#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A JSON text, composed without encodable types.
enum JSONText {
    case string(String)
    case number(Int)
    case array([JSONText])
    case object([(String, JSONText)])

    static func object(_ entries: [(String, JSONText)]) -> String { JSONText.object(entries).text + "\n" }

    private var text: String {
        switch self {
        case .string(let text):
            (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
        case .number(let number): String(number)
        case .array(let elements): "[" + elements.map(\.text).joined(separator: ",") + "]"
        case .object(let entries):
            "{" + entries.map { "\(JSONText.string($0.0).text):\($0.1.text)" }.joined(separator: ",") + "}"
        }
    }
}
