import Goridge

/// Listens, reads calls, and answers them. Confined to the loop.
final class ServerState: PollHandler, @unchecked Sendable {
    private static let maximumCalls = 10_000

    let loop: PollEventLoop
    var behavior: @Sendable (TestRPCServer.Call) -> TestRPCServer.Behavior = { _ in .answer }
    private(set) var calls: [TestRPCServer.Call] = []
    private(set) var hasCrashed = false
    /// Created before anything else, and once.
    private(set) lazy var plugins = ServerPlugins(loop: self.loop, storages: self.storages) { [weak self] in self?.crash() }
    private let storages: [String]
    private var inFlight = CallsInFlight()
    private var listener: TestListener?
    private var connections: [ServerConnection] = []
    private var held: [(ServerConnection, TestRPCServer.Call)] = []
    private var counts: [String: Int] = [:]
    private var waiters: [(method: String, count: Int, resume: () -> Void)] = []

    init(loop: PollEventLoop, storages: [String]) {
        self.loop = loop
        self.storages = storages
    }

    func listen(_ listener: TestListener) {
        self.loop.assertInEventLoop()
        self.listener = listener
        self.hasCrashed = false
        self.loop.register(listener.descriptor, interest: .read, handler: self)
    }

    func descriptorReady(_ descriptor: CInt, _ events: PollEvents) {
        self.loop.assertInEventLoop()
        while let socket = self.listener?.acceptNow() {
            let connection = ServerConnection(loop: self.loop, socket: socket, state: self)
            if connection.open() { self.connections.append(connection) }
        }
    }

    func stop() {
        self.loop.assertInEventLoop()
        if let listener = self.listener { self.loop.deregister(listener.descriptor) }
        self.listener = nil
        self.disconnect()
        self.plugins.reset()
    }

    func disconnect() {
        let connections = self.connections
        self.connections.removeAll()
        self.held.removeAll()
        self.inFlight = CallsInFlight()
        for connection in connections { connection.close() }
    }

    /// Stops the server after a call that crashes RoadRunner.
    func crash() {
        self.hasCrashed = true
        self.stop()
        // No more calls will come.
        let waiters = self.waiters
        self.waiters.removeAll()
        for waiter in waiters { waiter.resume() }
    }

    func ended(_ connection: ServerConnection) {
        self.connections.removeAll { $0 === connection }
        self.inFlight.forget(connection)
        connection.close()
    }

    func received(_ call: TestRPCServer.Call, on connection: ServerConnection) {
        self.loop.assertInEventLoop()
        if self.calls.count >= Self.maximumCalls { self.calls.removeFirst(Self.maximumCalls / 2) }
        self.calls.append(call)
        self.counts[call.method, default: 0] += 1
        guard !self.inFlight.begin(call, on: connection, in: self.loop.tick) else { return self.crash() }
        switch self.behavior(call) {
        case .answer: self.answer(call, on: connection)
        case .hold: self.held.append((connection, call))
        case .ignore: break
        case .perform: self.answer(call, on: nil)
        case .error(let text):
            self.inFlight.end(call, on: connection, in: self.loop.tick)
            connection.send(error: text, to: call)
        case .frames(let frames):
            self.inFlight.end(call, on: connection, in: self.loop.tick)
            for frame in frames { connection.send(frame) }
        case .bytes(let bytes):
            connection.sendAndClose(bytes)
            self.connections.removeAll { $0 === connection }
        case .close: self.ended(connection)
        }
        self.resumeWaiters()
    }

    func releaseHeld() {
        let held = self.held
        self.held.removeAll()
        for (connection, call) in held.reversed() { self.answer(call, on: connection) }
    }

    func wait(for method: String, count: Int, resume: @escaping () -> Void) {
        guard !self.hasCrashed else { return resume() }
        self.waiters.append((method, count, resume))
        self.resumeWaiters()
    }

    private func resumeWaiters() {
        let ready = self.waiters.filter { self.counts[$0.method, default: 0] >= $0.count }
        guard !ready.isEmpty else { return }
        self.waiters.removeAll { self.counts[$0.method, default: 0] >= $0.count }
        for waiter in ready { waiter.resume() }
    }

    /// - Parameter connection: the connection that gets the response; nil for none.
    private func answer(_ call: TestRPCServer.Call, on connection: ServerConnection?) {
        do {
            try self.plugins.call(call) { [weak self] result in
                guard let self, let connection else { return }
                self.inFlight.end(call, on: connection, in: self.loop.tick)
                connection.send(result: result, to: call)
            }
        } catch let failure as MemoryDriver.Failure {
            guard let connection else { return }
            self.inFlight.end(call, on: connection, in: self.loop.tick)
            connection.send(error: failure.text, to: call)
        } catch {
            self.crash()
        }
    }
}
