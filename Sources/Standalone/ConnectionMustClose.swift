/// A response was cut short: its connection must be closed to signal that to the client.
///
/// Hummingbird's server closes connections when its responder throws. The error has its own type, since the server would answer
/// some errors, such as those of its parser, with another response.
struct ConnectionMustClose: Error {}
