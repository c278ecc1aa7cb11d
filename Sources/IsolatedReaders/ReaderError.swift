/// Why a source could not be read.
public enum ReaderError: Error, Hashable, Sendable {
  /// Not a format that we read; `found` says in a few words what its first bytes look like.
  case notAModel(found: String)
  /// A format that we read, but we do not take this one.
  case rejected(WorkerRejection)
  /// The worker died of a signal, as libhdf5 does on some damaged files.
  case crashed(signal: Int32)
  /// The worker took longer than any sound source of this size.
  case timedOut
  /// The worker broke the rules of its answer, which a source that took it over could make it do.
  case malformedAnswer(AnswerDefect)
}

/// What can be wrong with a worker's answer.
public enum AnswerDefect: Hashable, Sendable {
  /// It stopped before its end; the worker left with this status.
  case endedEarly(exitStatus: Int32)
  case unknownFrame(UInt8)
  case frameTooLong(UInt64)
  /// A frame that may not stand where it does.
  case misplacedFrame(kind: UInt8)
  case notJSON
  /// A member that is missing, unknown or of a wrong type, by its name.
  case badMember(String)
  /// Two variables with one path.
  case repeatedPath(String)
  /// A variable whose extent has not the bytes that its shape takes, or lies outside its file.
  case badExtent(path: String)
  /// Two variables whose extents have a part in common.
  case overlap(path: String, other: String)
  /// More is to be decoded than a source of this size may make.
  case tooMuchDecoded(UInt64)
}

/// Why a worker does not take a source.
public struct WorkerRejection: Error, Hashable, Sendable {
  /// The kinds of reason. Their names are stable.
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// It is in no format that we read.
    case notAModel = "not-a-model"
    /// Reading it would reach another file.
    case unsafeLink = "unsafe-link"
    /// A name in it would lead out of where it belongs.
    case unsafePath = "unsafe-path"
    /// An archive that two programs would read differently.
    case ambiguous
    /// It asks for more than any real model.
    case limit
    /// Its bytes contradict each other.
    case malformed
    /// It uses a filter that we do not run.
    case unsupportedFilter = "unsupported-filter"
    /// It is what its format allows, but we do not read.
    case unsupported
    /// Bytes of it are not those that a checksum in it was made of.
    case integrity
    /// It ends before its bytes do.
    case truncated
    /// The system call that reads it failed.
    case unreadable
    /// This system does not let a worker give up what it does not need.
    case sandboxUnavailable = "sandbox-unavailable"
  }

  /// The kind of reason.
  public let code: Code
  /// The object in the file, as a path from its root; an attribute's has `@` before its name.
  public let location: String
  /// What should be there.
  public let expected: String
  /// What is there.
  public let found: String

  /// A rejection of what is given.
  public init(code: Code, location: String, expected: String, found: String) {
    self.code = code
    self.location = location
    self.expected = expected
    self.found = found
  }
}
