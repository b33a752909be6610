import CProcess
import Goridge

/// The calls of a host to the worker loops of its slots.
extension WorkerLoop {
    /// Marks the relay as idle, if RoadRunner waits for nothing from it.
    func noteActivity() {
        guard let activity = self.settings.activity, activity.isBusy else { return }
        // A half-read request or a half-sent response ends with this process.
        if self.machine.owesNothing, self.connection.isQuiet { activity.set(ROADRUNNER_RELAY_IDLE) }
    }

    /// The process whose relay this is has ended.
    func slotEnded() { self.loop.execute { self.perform(self.machine.streamEnded()) } }

    /// RoadRunner's handshake was answered elsewhere.
    func noteHandshake() { self.loop.execute { self.hasHeardRoadRunner = true } }

    /// Asks RoadRunner to replace this worker.
    func requestReplacement() { self.loop.execute { self.machine.requestReplacement() } }

    /// Ends the stream that is being sent, whose time is over.
    func endStreamInHand() {
        self.loop.execute {
            guard self.machine.endStream() else { return }
            self.sendTerminalFrame()
            self.cancelTask()
        }
    }

    /// Abandons the work in flight, and reads nothing more: another process serves the relay from now on.
    func handOver() {
        self.loop.execute {
            guard self.exit == nil else { return }
            self.connection.close()
            self.end(with: .handedOver)
        }
    }
}

extension WorkerExit {
    /// Another process serves the relay from now on.
    static let handedOver = WorkerExit(code: -1, message: nil)
}
