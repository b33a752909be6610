/// Text that equals other text when it has the same bytes, as names and keys do at RoadRunner.
///
/// `String` takes different spellings of one letter for the same: "é" and "e" with an accent of its own.
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
        // Keys of several texts: where one ends counts.
        hasher.combine(0xFF as UInt8)
    }
}
