/// An error without a response, and the edit to the headers of the response that it will get. Routers pass it on to the runtime.
package struct UncaughtErrorWithHeaders: Error {
    package let error: any Error
    package let edit: HeaderEdit
}
