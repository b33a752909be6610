import CProcess
import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Logs the number of kernels of an ordinary pool: one in each worker.
enum KernelCount {
    /// Logs one line for the whole pool. Nothing is logged if RoadRunner does not answer, or for a debug pool, whose workers come
    /// and go.
    static func report(_ launch: LaunchContext, _ mode: WorkerMode) async {
        guard launch.logger.logLevel <= .info, let address = launch.options.rpcAddress, self.isFirst(of: mode, address) else {
            return
        }
        guard let pool = await self.configuration(launch, mode), !pool.isDebug else { return }
        let count = pool.workerCount
        launch.logger.info(
            count == 1
                ? "1 kernel" : "\(count) kernels, one in each worker of the pool; APP_RUNTIME=shared has one for all of them",
            metadata: ["pool": "\(mode)"])
    }

    /// Whether no other worker of the pool logs the line. RoadRunner's address and folder distinguish it from another one on this
    /// machine; the name is held as long as this process lives.
    private static func isFirst(of mode: WorkerMode, _ address: String) -> Bool {
        let name = "roadrunner-swift:\(FileManager.default.currentDirectoryPath):\(address):\(mode)"
        return roadrunner_claim_name(String(decoding: name.utf8.suffix(96), as: UTF8.self)) >= 0
    }

    /// Asks RoadRunner, which at its start runs workers before it answers calls.
    private static func configuration(_ launch: LaunchContext, _ mode: WorkerMode) async -> PoolConfiguration? {
        for attempt in 0..<5 {
            if attempt > 0 { try? await Task.sleep(for: .milliseconds(200 << attempt)) }
            if Task.isCancelled { return nil }
            if let pool = await PoolConfiguration.asked(of: launch, mode: mode) { return pool }
        }
        return nil
    }
}
