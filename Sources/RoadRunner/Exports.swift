// `BootContext.configuration` is read with it.
@_exported public import Configuration
@_exported public import HTTPWorker
@_exported public import RoadRunnerRuntime
@_exported public import Standalone

// What kernels name in their own declarations.
@_exported public import protocol ServiceLifecycle.Service
