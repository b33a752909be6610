package import HTTPTypes

extension HTTPFields {
    /// Removes and returns the lines that the line `Trailer` names: they are sent after the body.
    package mutating func takeTrailers() -> HTTPFields {
        guard self.contains(.trailer) else { return [:] }
        let names = HeaderList(self[values: .trailer]).compactMap { HTTPField.Name(String($0)) }
        var trailers = HTTPFields()
        var rest = HTTPFields()
        for field in self {
            if names.contains(field.name) { trailers.append(field) } else { rest.append(field) }
        }
        self = rest
        return trailers
    }
}
