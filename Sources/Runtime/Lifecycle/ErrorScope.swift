/// Adds the user and tags to error reports of the current task's request. Without a reporter it does nothing.
public enum ErrorScope {
    /// Sets the user of the current request: an id, not a name.
    public static func setUser(_ id: String?) { RequestTrace.current?.setUser(id) }

    /// Sets a tag of the current request, to search by. Names have up to 32 characters, values up to 200.
    public static func setTag(_ name: String, _ value: String) { RequestTrace.current?.setTag(name, value) }
}
