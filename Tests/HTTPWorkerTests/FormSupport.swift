import RoadRunnerTesting

@testable import HTTPWorker

extension Form {
    /// Everything but the temporary paths, for comparisons.
    var comparable: String {
        let files = self.uploads.map {
            "\($0.field)=\($0.upload.name)|\($0.upload.mediaType)|\($0.upload.size)|\($0.upload.error?.code.number ?? 0)"
        }
        return (self.fields.leaves.map { "\($0.name)=\($0.value)" } + files).joined(separator: "\n")
    }
}

extension Form {
    static func == (left: Form, right: Form) -> Bool { left.comparable == right.comparable }
}

extension TestRequest {
    enum Part {
        case field(String, String)
        case file(String, String, String)
    }

    static func multipart(_ target: String, _ parts: [Part], boundary: String = "b0undary") -> TestRequest {
        var body = ""
        for part in parts {
            body += "--\(boundary)\r\n"
            switch part {
            case .field(let name, let value): body += "Content-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
            case .file(let name, let file, let content):
                body +=
                    "Content-Disposition: form-data; name=\"\(name)\"; filename=\"\(file)\"\r\nContent-Type: text/plain\r\n\r\n"
                body += "\(content)\r\n"
            }
        }
        return .post(
            target, headers: [("Content-Type", "multipart/form-data; boundary=\(boundary)")], body: body + "--\(boundary)--\r\n")
    }
}
