import NIOCore
import NIOPosix
import Testing

@testable import RoadRunnerTool

@Suite struct PageServerTests {
    @Test func aTakenAddressIsReportedWithTheReasonOfTheSystem() async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0)
            .get()
        let address = HostPort(host: "127.0.0.1", port: try #require(channel.localAddress?.port))
        await #expect {
            try await PageServer.start(DevPage(title: "", text: ""), at: address)
        } throws: { error in
            (error as? ToolError)?.description == "cannot listen on \(address): Address already in use"
        }
        try await channel.close()
    }
}
