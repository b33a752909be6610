import Foundation
import Testing

@testable import Centrifugo

/// Tests the conversion to Centrifugo's times.
@Suite struct DateTests {
    @Test(
        arguments: [
            (1.5, 2), (0, 1), (-1e12, 1), (1e300, 9_000_000_000_000_000), (.infinity, 9_000_000_000_000_000),
            // Invalid times count as past.
            (.nan, 1), (-.infinity, 1),
        ] as [(Double, Int64)]) func seconds(_ interval: Double, _ seconds: Int64)
    {
        let date: Date? = Date(timeIntervalSince1970: interval)
        #expect(date.unixSeconds == seconds)
    }

    @Test func nilStaysNil() {
        let none: Date? = nil
        #expect(none.unixSeconds == 0)
    }
}
