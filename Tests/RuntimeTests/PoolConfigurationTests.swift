import Foundation
import NIOCore
import Testing

@testable import RoadRunnerRuntime

@Suite struct PoolConfigurationTests {
    private func read(_ json: String) -> PoolConfiguration { PoolConfiguration(ByteBuffer(string: json), mode: .http) }

    @Test func readsThePoolOfItsPlugin() {
        let pool = self.read(#"{"http":{"pool":{"num_workers":64,"debug":true}},"centrifuge":{"pool":{"num_workers":2}}}"#)
        #expect(pool.workerCount == 64)
        #expect(pool.isDebug)
    }

    /// RoadRunner inserts the environment's values unchanged, as strings.
    @Test func valuesOfTheEnvironmentAreStrings() {
        let pool = self.read(#"{"http":{"pool":{"num_workers":"12","debug":"true"}}}"#)
        #expect(pool.workerCount == 12)
        #expect(pool.isDebug)
    }

    /// RoadRunner treats any number but 0 as true.
    @Test(arguments: [(1, true), (7, true), (0, false)]) func numbersAreFlags(_ number: Int, _ isDebug: Bool) {
        #expect(self.read(#"{"http":{"pool":{"debug":\#(number)}}}"#).isDebug == isDebug)
    }

    @Test(arguments: [
        "", "[]", "{", #"{"http":1}"#, #"{"http":{"pool":[]}}"#, #"{"http":{"pool":{"num_workers":0}}}"#,
        #"{"http":{"pool":{"num_workers":-3,"debug":[]}}}"#, #"{"http":{"pool":{"num_workers":1e400}}}"#,
        #"{"http":{"pool":{"num_workers":"99999999999999999999"}}}"#, #"{"centrifuge":{"pool":{"num_workers":9}}}"#,
    ]) func malformedValuesCountAsUnset(_ json: String) {
        let pool = self.read(json)
        #expect(pool.workerCount == ProcessInfo.processInfo.activeProcessorCount)
        #expect(!pool.isDebug)
    }
}
