/// Declares names that documentation comments use without showing their origin.
enum CommentNames {
    /// The imports of the comments' code besides the documented module.
    static let imports = ["Foundation", "Testing"]

    static let source = """
        import Centrifugo
        import JWTKit
        import KVCache
        import Logging
        import RoadRunner
        import RoadRunnerTesting

        let secret = ""
        let url = ""
        let count = 1
        let parts = ["a"]
        let logger = Logger(label: "app")
        let user = User(id: 1)
        let note = Message(text: "hello")
        var cache: KeyValueStore { given() }
        var driver: KeyValuePersistDriver { given() }
        var request: Request { given() }
        var context: BasicRoadRunnerRequestContext { given() }
        var form: Form { given() }
        var rows: AsyncStream<Int> { given() }
        var pages: Pages { given() }
        var worker: TestWorker { given() }
        var privateKey: EdDSA.PrivateKey { given() }

        struct User: Codable, Sendable { let id: Int }
        struct Hello: Decodable { let name: String }
        struct Message: Codable, Sendable { let text: String }
        struct Pages { let sorry: ByteBuffer; let render: ErrorResponseRenderer }
        struct Database {
            static func connect(_ url: String) async throws -> Database { given() }
            func ping() async throws {}
            func close() async {}
            func count(_ table: String) async throws -> Int { 0 }
        }
        struct App: Kernel {
            init(_ boot: BootContext) {}
            var workers: some Workers { HTTP(router) }
        }
        struct Mail: WorkerPlugin {
            static let mode = WorkerMode(rawValue: "mail")
            let boxes: [Box]
            struct Box { let name: String }
            func makeHandler(_ environment: WorkerEnvironment<NoOptions>) -> any PayloadHandler { given() }
        }
        struct MailSubject: ExchangeSubject {
            let name = ""
            init(_ payload: Payload) {}
        }
        public struct MailOptions: ModuleOptions {
            public init() {}
            public mutating func read(_ reader: OptionReader) {}
        }

        func clean(_ event: PublishEvent) throws -> Message { given() }
        func load(_ part: String) async throws {}
        func makeReport() async throws -> String { "" }
        func deliver(_ body: ByteBuffer) async throws -> ByteBuffer { body }
        """
}
