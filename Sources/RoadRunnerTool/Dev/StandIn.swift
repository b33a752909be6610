import Configuration
import Goridge
import NIOCore
import RoadRunnerRuntime

/// The worker that RoadRunner's pools start while the program cannot be built: it responds with a page that says why.
enum StandIn {
    /// The variable that names the page's file.
    static let variable = "RR_SWIFT_PAGE"

    static func serve(_ page: String) async -> Never { await Launcher.main(StandInKernel.self, runtimes: [PoolRuntime()]) }
}

private struct StandInKernel: Kernel {
    private let page: String

    init(_ boot: BootContext) { self.page = boot.configuration.string(forKey: "rr.swift.page") ?? "" }

    var workers: some Workers {
        PageWorker(page: self.page)
        RefusingWorker()
    }
}

/// Responds to every request with the page.
private struct PageWorker: WorkerPlugin, PayloadHandler {
    static let mode = WorkerMode.http
    /// Larger files are not pages.
    private static let maximumSize = 4 * 1024 * 1024

    let page: String

    func makeHandler(_ environment: WorkerEnvironment<NoOptions>) -> any PayloadHandler { self }

    func handle(_ payload: Payload, _ responder: PayloadResponder) async -> Outcome {
        let bytes = (try? SmallFile.bytes(of: self.page, upTo: Self.maximumSize)) ?? Array("The program cannot be built.\n".utf8)
        try? await responder.finish(body: ByteBuffer(bytes: bytes)) { DevPage.writeHead(to: &$0) }
        return Outcome(status: DevPage.status)
    }
}

/// Refuses every event of Centrifugo.
private struct RefusingWorker: WorkerPlugin, PayloadHandler {
    static let mode = WorkerMode.centrifuge

    func makeHandler(_ environment: WorkerEnvironment<NoOptions>) -> any PayloadHandler { self }

    func handle(_ payload: Payload, _ responder: PayloadResponder) async -> Outcome {
        try? await responder.finish(flags: .error, body: ByteBuffer(string: "the program cannot be built"))
        return Outcome()
    }
}
