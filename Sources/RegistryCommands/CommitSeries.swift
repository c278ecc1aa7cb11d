import Catalog
import IsolatedReaders
import ModelRegistry

/// Sources that are committed one after another, each the parent of the next.
struct CommitSeries {
  let registry: Registry
  let reader: IsolatedReader

  /// Commits them in their order, and tells of each when it is durable.
  ///
  /// - Throws: what the first one threw that could not be committed; when it was not alone, as a
  ///   failure that says how far the series came.
  func commit(_ requests: [CommitRequest], _ tell: (CommitReport) -> Void) throws {
    let ahead = ReadingAhead(reader, of: requests.map(\.path), whenAllIsRead: reader.finish)
    var last: VersionRecord?
    for (place, request) in requests.enumerated() {
      var request = request
      do {
        if let last { request.parents = [try Reference(parsing: last.label)] }
        let report = try registry.commit(
          request, reading: ahead, progress: Terminal.progressBar("Storing"))
        tell(report)
        last = report.version
      } catch  where requests.count > 1 {
        throw Failed(
          Failure(error, subject: request.path)
            .stopping(after: place, of: requests.count, last: last?.label))
      }
    }
  }
}

extension Failed {
  fileprivate init(_ failure: Failure) { self.failure = failure }
}

extension Failure {
  /// The same, of a series.
  fileprivate func stopping(after count: Int, of total: Int, last: String?) -> Failure {
    let before = last.map { "\(count) of \(total) were committed before it, the last as \($0)." }
    var failure = self
    failure.hint = [hint, before ?? "None of the \(total) was committed."]
      .compactMap { $0 }.joined(separator: " ")
    return failure
  }
}
