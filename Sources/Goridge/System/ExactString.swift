/// A string that is equal to another one when it has the same bytes, as names and keys are compared by RoadRunner.
///
/// `String` compares canonically: "é" equals "e" with a combining accent.
package struct ExactString: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let text: String

    package init(_ text: String) { self.text = text }

    package init(stringLiteral text: String) { self.text = text }

    package var description: String { self.text }

    package static func == (left: ExactString, right: ExactString) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var text = self.text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        // In keys of several strings, the end of each one counts.
        hasher.combine(0xFF as UInt8)
    }
}
