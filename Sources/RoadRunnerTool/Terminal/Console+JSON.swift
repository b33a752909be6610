import Foundation

extension Console {
    /// Prints a value as JSON, with sorted keys.
    package func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        self.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
