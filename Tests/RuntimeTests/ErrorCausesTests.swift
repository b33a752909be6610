import RoadRunnerRuntime
import Testing

private struct Cause: Error { let number: Int }

private struct Properties: Error {
    let direct: any Error = Cause(number: 1)
    let optional: (any Error)? = Cause(number: 2)
    let missing: (any Error)? = nil
    let several: [any Error] = [Cause(number: 3), Cause(number: 4)]
    let text = "not an error"
}

private enum Case: Error { case pair(String, any Error) }

private struct Reserved: Error, CustomReflectable {
    let underlying: any Error = Cause(number: 1)
    var customMirror: Mirror { Mirror(self, children: [:]) }
}

private struct Many: Error { let all: [any Error] = (0..<1000).map { Cause(number: $0) } }

@Suite struct ErrorCausesTests {
    private func numbers(_ error: any Error) -> [Int?] { error.causes.map { ($0 as? Cause)?.number } }

    @Test func areFoundInPropertiesAndCases() {
        #expect(self.numbers(Properties()) == [1, 2, 3, 4])
        #expect(self.numbers(Case.pair("text", Cause(number: 5))) == [5])
        #expect(self.numbers(Cause(number: 0)).isEmpty)
    }

    @Test func areNotFoundWhereAnErrorHidesThem() { #expect(Reserved().causes.isEmpty) }

    @Test func areLimited() { #expect(Many().causes.count == 8) }
}
