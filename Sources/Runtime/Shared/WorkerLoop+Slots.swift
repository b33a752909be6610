import CProcess
import Goridge

/// What a host asks of the worker loops of its slots.
extension WorkerLoop {
    /// RoadRunner waits for nothing any more, if that is so.
    func noteActivity() {
        guard let activity = self.settings.activity, activity.isBusy else { return }
        // What was read or answered halfway ends with this process.
        if self.machine.owesNothing, self.connection.isQuiet { activity.set(ROADRUNNER_RELAY_IDLE) }
    }

    /// The process whose relay this is has ended.
    func slotEnded() { self.loop.execute { self.perform(self.machine.streamEnded()) } }

    /// RoadRunner's handshake was answered elsewhere.
    func noteHandshake() { self.loop.execute { self.hasHeardRoadRunner = true } }

    /// RoadRunner must put another worker in this one's place.
    func requestReplacement() { self.loop.execute { self.machine.requestReplacement() } }

    /// A stream that is sent has had its time.
    func endStreamInHand() {
        self.loop.execute {
            guard self.machine.endStream() else { return }
            self.sendTerminalFrame()
            self.cancelTask()
        }
    }

    /// Leaves what is in hand behind, and reads nothing more: another process serves the relay from now on.
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
