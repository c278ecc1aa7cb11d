import Foundation
import TensorCodec

// codec KIND fast|best FILE [BASE]
//
// Codes a file of elements, chunk by chunk, and decodes it, alone and against a base; prints what
// became of it as JSON. Rates are in raw bytes a second of processor time, on one thread.

/// What a file became.
struct Measured: Encodable {
  /// Share of the raw bytes.
  let stored: Double
  /// Gigabytes (10⁹) a second of processor time.
  let encode: Double
  let decode: Double
  /// How many chunks there are in each form, by its number in Documentation/Format.md.
  let forms: [String: Int]
}

/// What `ChunkEncoder.estimate` says of all chunks.
struct Estimated: Encodable {
  /// Shares of the raw bytes.
  var alone = 0.0
  var delta = 0.0
  /// Gigabytes a second of processor time.
  var rate = 0.0
}

struct Report: Encodable {
  let file: String
  let base: String?
  let kind: String
  let byteCount: Int
  let estimate: Estimated
  let alone: Measured
  let delta: Measured?
}

func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// The same chunk of a file and of its base, which may be shorter.
struct Pair {
  let chunk: UnsafeRawBufferPointer
  let base: UnsafeRawBufferPointer?

  static func all(_ file: UnsafeRawBufferPointer, _ base: UnsafeRawBufferPointer?) -> [Pair] {
    stride(from: 0, to: file.count, by: Chunk.byteCount).map { start in
      let chunk = UnsafeRawBufferPointer(rebasing: file[start...].prefix(Chunk.byteCount))
      guard let base, start < base.count else { return Pair(chunk: chunk, base: nil) }
      return Pair(
        chunk: chunk,
        base: UnsafeRawBufferPointer(rebasing: base[start...].prefix(Chunk.byteCount)))
    }
  }
}

/// A chunk came back as other bytes.
struct NotTheSame: Error {}

struct NothingToMeasure: Error {}

func measure(_ pairs: [Pair], as kind: ElementKind, effort: CodingEffort) throws -> Measured {
  let encoder = try ChunkEncoder()
  let decoder = try ChunkDecoder()
  var coded: [[UInt8]] = []
  var (encoding, decoding) = (0.0, 0.0)
  for pair in pairs {
    let start = processorSeconds()
    let bytes = try encoder.encode(pair.chunk, as: kind, against: pair.base, effort: effort)
    encoding += processorSeconds() - start
    coded.append(Array(bytes))
  }
  let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: Chunk.byteCount, alignment: 64)
  defer { chunk.deallocate() }
  for (pair, bytes) in zip(pairs, coded) {
    let decoded = UnsafeMutableRawBufferPointer(rebasing: chunk[..<pair.chunk.count])
    let start = processorSeconds()
    try bytes.withUnsafeBytes { try decoder.decode($0, against: pair.base, into: decoded) }
    decoding += processorSeconds() - start
    guard decoded.elementsEqual(pair.chunk) else { throw NotTheSame() }
  }
  let raw = Double(pairs.map(\.chunk.count).reduce(0, +))
  return Measured(
    stored: Double(coded.map(\.count).reduce(0, +)) / raw, encode: raw / encoding / 1e9,
    decode: raw / decoding / 1e9,
    forms: Dictionary(coded.map { (String($0[0]), 1) }, uniquingKeysWith: +))
}

func estimate(_ pairs: [Pair], as kind: ElementKind) throws -> Estimated {
  let encoder = try ChunkEncoder()
  let raw = Double(pairs.map(\.chunk.count).reduce(0, +))
  var estimated = Estimated()
  let start = processorSeconds()
  for pair in pairs {
    let shares = encoder.estimate(pair.chunk, as: kind, against: pair.base)
    let weight = Double(pair.chunk.count) / raw
    estimated.alone += shares.alone * weight
    estimated.delta += min(shares.alone, shares.delta ?? 1) * weight
  }
  estimated.rate = raw / (processorSeconds() - start) / 1e9
  return estimated
}

func report(_ kind: ElementKind, _ effort: CodingEffort, _ path: String, _ basePath: String?) throws
  -> Report
{
  let file = try Data(contentsOf: URL(filePath: path))
  let base = try basePath.map { try Data(contentsOf: URL(filePath: $0)) }
  guard !file.isEmpty else { throw NothingToMeasure() }
  return try file.withUnsafeBytes { file in
    try (base ?? Data()).withUnsafeBytes { bytes in
      let alone = Pair.all(file, nil)
      let pairs = Pair.all(file, base == nil ? nil : bytes)
      return Report(
        file: path, base: basePath, kind: "\(kind)", byteCount: file.count,
        estimate: try estimate(pairs, as: kind),
        alone: try measure(alone, as: kind, effort: effort),
        delta: base == nil ? nil : try measure(pairs, as: kind, effort: effort))
    }
  }
}

let arguments = CommandLine.arguments.dropFirst()
let kinds = Dictionary(ElementKind.allCases.map { ("\($0)", $0) }) { first, _ in first }
guard (3...4).contains(arguments.count), let kind = kinds[arguments[1]],
  let effort = ["fast": CodingEffort.fast, "best": .best][arguments[2]]
else {
  print("codec KIND fast|best FILE [BASE]\nKIND: \(kinds.keys.sorted().joined(separator: ", "))")
  exit(64)
}
let encoder = JSONEncoder()
encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
let said = try encoder.encode(
  report(kind, effort, arguments[3], arguments.count > 3 ? arguments[4] : nil))
print(String(decoding: said, as: UTF8.self))
