import RoadRunnerConfiguration
import Testing

@Suite struct VariableExpansionTests {
    private static let variables = ["SET": "val", "EMPTY": "", "A": "a", "SPACED": "x y"]

    @Test(
        arguments: [
            ("plain", "plain"), ("", ""), ("$SET", "val"), ("${SET}", "val"), ("$SET/x", "val/x"), ("<${SET}>", "<val>"),
            ("$SET$A", "vala"), ("$MISSING", ""), ("${MISSING}", ""), ("${MISSING:-def}", "def"), ("${EMPTY:-def}", "def"),
            ("${SET:-def}", "val"), ("${MISSING:-}", ""), ("a ${MISSING:-b} c", "a b c"),
            ("tcp://${HOST:-127.0.0.1}:${PORT:-6001}", "tcp://127.0.0.1:6001"),
            // RoadRunner's corner cases.
            ("cost 5$", "cost 5$"), ("$ x", "$ x"), ("${}", ""), ("${SET", "SET"), ("$1", ""), ("${*}", ""), ("$$", ""),
            ("${A:-B:-C}", ""), ("x ${A:-B:-C} y", ""), ("${SET} ${MISSING:-d}", ""), ("žluť $SET", "žluť val"),
        ]
    )
    func expandsAsRoadRunnerDoes(_ text: String, _ expected: String) {
        #expect(VariableExpansion.expand(text) { Self.variables[$0] } == expected)
    }
}
