/// Statistics of a connection.
package struct TransferStatistics: Sendable, Hashable {
    package var framesIn = 0
    package var framesOut = 0
    package var bytesIn = 0
    package var bytesOut = 0
}
