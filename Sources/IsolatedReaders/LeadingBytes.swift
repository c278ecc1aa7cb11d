import Files

/// The first bytes of a source that is no format we read, to tell the user what it may be instead.
struct LeadingBytes: CustomStringConvertible {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Of a file that can be read: of one that cannot there are none.
  init(of file: FileSlice) {
    bytes = (try? file.bytes(at: 0, count: Int(min(512, file.byteCount)))) ?? []
  }

  /// Starts of files, the longer before the shorter.
  private static let starts: [(bytes: [UInt8], meaning: String)] = [
    (Array("version https://git-lfs.github.com".utf8), "a Git LFS pointer, not the file itself"),
    ([0x1F, 0x8B], "gzip data"),
    ([0x28, 0xB5, 0x2F, 0xFD], "Zstandard data"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz data"),
    ([0x42, 0x5A, 0x68], "bzip2 data"),
    ([0x89, 0x50, 0x4E, 0x47], "a PNG image"),
    ([0xFF, 0xD8, 0xFF], "a JPEG image"),
    (Array("%PDF".utf8), "a PDF document"),
    ([0x93] + Array("NUMPY".utf8), "a single NumPy array, which has no name"),
    ([0x7F] + Array("ELF".utf8), "an executable"),
    (Array("SQLite format 3".utf8), "an SQLite database"),
    (Array("CDF".utf8), "a NetCDF file"),
    (Array("GGUF".utf8), "a GGUF model"),
    (Array("<!DOCTYPE".utf8), "a web page"),
    (Array("<html".utf8), "a web page"),
    ([0x08, 0x01, 0x12], "the graph of a SavedModel: commit the folder that it is in"),
  ]

  var description: String {
    if bytes.isEmpty { return "an empty file" }
    if let start = Self.starts.first(where: { bytes.starts(with: $0.bytes) }) {
      return start.meaning
    }
    if bytes.count > 8, bytes[4..<8].elementsEqual("TFL3".utf8) { return "a TensorFlow Lite model" }
    // Protocol 2 and later begin so; what a pickle does is decided by whoever wrote it.
    if bytes[0] == 0x80, bytes.count > 1, (2...5).contains(bytes[1]) { return "a Python pickle" }
    return isText ? "text" : unknown
  }

  /// No control characters but those that text has. What is cut off in the middle of a character
  /// stays text.
  private var isText: Bool {
    bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
  }

  private var unknown: String {
    let shown = bytes.prefix(8).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return "bytes that begin \(shown.joined(separator: " "))"
  }
}
