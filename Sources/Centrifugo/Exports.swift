// The messages of Centrifugo's server API.
@_exported public import RoadRunnerAPI
