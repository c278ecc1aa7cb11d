import Files
import Glibc
import HDF5Format
import KerasFormat
import NumPyFormat
import SafetensorsFormat
import TensorFlowFormat
import ZipFormat

extension WorkerRejection {
  static func notAModel(_ found: String) -> WorkerRejection {
    WorkerRejection(.notAModel, at: "/", expected: "a model", found: found)
  }

  /// `nil` for what is no fault of the source: the system's, say.
  init?(causedBy error: any Error) {
    switch error {
    case let error as WorkerRejection: self = error
    case let error as HDF5Error: self.init(error)
    case let error as KerasFormatError: self.init(error)
    case let error as ZipError: self.init(error)
    case let error as NumPyError: self.init(error)
    case let error as SafetensorsError: self.init(error)
    case let error as TensorFlowFormatError: self.init(error)
    case ReaderError.malformedAnswer(let defect): self.init(defect)
    case let error as SandboxError: self.init(error)
    case let error as SystemCallError: self.init(system: error)
    default: return nil
    }
  }

  /// The worker's only calls that can fail read the source, or write its spool.
  init(system error: SystemCallError) {
    self.init(.unreadable, at: error.path, expected: error.call, found: error.reason)
  }

  init(_ error: HDF5Error) {
    switch error {
    case .notHDF5:
      self.init(.notAModel, at: "/", expected: "HDF5", found: "no HDF5 signature")
    case .truncated(let location, let needed, let available):
      self.init(.truncated, at: location, expected: "\(needed) bytes", found: "\(available) bytes")
    case .unsafeLink(let location, let link):
      self.init(.unsafeLink, at: location, expected: "hard links, once each", found: link.rawValue)
    case .limitExceeded(let location, .memory, _, _):
      self.init(.limit, at: location, expected: "enough memory", found: "none left")
    case .limitExceeded(let location, let limit, let allowed, let found):
      self.init(
        .limit, at: location, expected: "at most \(allowed) \(limit.rawValue)", found: "\(found)")
    case .badName(let location):
      self.init(
        .malformed, at: location, expected: "a name in UTF-8 without a slash", found: "another")
    case .repeatedName(let location):
      self.init(.malformed, at: location, expected: "a name of its own", found: "one twice")
    case .unknownObject(let location):
      self.init(.malformed, at: location, expected: "a group or dataset", found: "neither")
    case .badChunks(let dataset):
      self.init(.malformed, at: dataset, expected: "chunks of its shape", found: "others")
    case .sizeOverflow(let dataset):
      self.init(
        .malformed, at: dataset, expected: "a number of bytes below 2^63", found: "a larger one")
    case .sizeMismatch(let dataset, let expected, let found):
      self.init(.malformed, at: dataset, expected: "\(expected) bytes", found: "\(found) bytes")
    case .unsupportedFilter(let dataset, let filter):
      self.init(
        .unsupportedFilter, at: dataset, expected: "deflate, shuffle or fletcher32",
        found: "filter \(filter)")
    case .notDecodable(let dataset, let elements):
      self.init(.malformed, at: dataset, expected: "numbers", found: elements)
    case .library(let call, let location, let description):
      self.init(
        .malformed, at: location, expected: "what libhdf5 can read",
        found: "\(description) (\(call))")
    }
  }

  init(_ error: KerasFormatError) {
    switch error {
    case .notKeras(let found):
      self.init(.notAModel, at: "/", expected: "a Keras model", found: "HDF5 with \(found)")
    case .unsafePath(let location, let name):
      self.init(.unsafePath, at: location, expected: "names of files beside the index", found: name)
    case .malformed(let location, let expected, let found):
      self.init(.malformed, at: location, expected: expected, found: found)
    }
  }

  /// A snapshot that the parent would not believe.
  init(_ defect: AnswerDefect) {
    switch defect {
    case .overlap(let path, let other):
      self.init(
        .malformed, at: path, expected: "bytes of its own", found: "bytes that \(other) has too")
    case .tooMuchDecoded(let count):
      self.init(
        .limit, at: "/", expected: "fewer bytes to be decoded from so small a file",
        found: "\(count)")
    default:
      self.init(.malformed, at: "/", expected: "a consistent file", found: "\(defect)")
    }
  }

  init(_ error: SandboxError) {
    let reason = String(cString: strerror(error.code))
    self.init(.sandboxUnavailable, at: "", expected: error.step, found: reason)
  }

  init(_ code: Code, at location: String, expected: String, found: String) {
    self.init(code: code, location: location, expected: expected, found: found)
  }
}
