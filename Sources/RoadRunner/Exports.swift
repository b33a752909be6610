// `BootContext.configuration` is read with it.
@_exported public import Configuration
@_exported public import HTTPTypes
@_exported public import HTTPWorker
// Routers, middleware and responses: one import, and one dependency, is enough to begin.
@_exported public import Hummingbird
@_exported public import HummingbirdCore
@_exported public import RoadRunnerRuntime
@_exported public import RoadRunnerWeb
@_exported public import Standalone

@_exported public import class Goridge.RPCClient
// The type of `BootContext.rpc`, and its errors.
@_exported public import enum Goridge.RPCCodec
@_exported public import struct Goridge.RPCError
// Types that kernels name in their own declarations.
@_exported public import protocol ServiceLifecycle.Service
