import Catalog
import ContentStore
import TensorCodec
import Tensors

/// How a registry keeps the bytes that are committed.
public enum Codec: String, Hashable, Sendable, CaseIterable {
  /// As they are: `sha256sum` of a large tensor's file is its name.
  case raw
  /// Coded where a sample says that it pays, alone or against what the parent has.
  case auto
  /// The smallest form that is known, at several times the processor time.
  case best
}

extension Codec {
  /// What the store is told of a blob to stage; `nil`: to keep it as it is.
  ///
  /// - Parameters:
  ///   - kind: what its bytes are.
  ///   - series: what it may be coded against.
  func plan(_ kind: ElementKind, _ series: BlobSeries?) throws -> CodingPlan? {
    let effort: CodingEffort
    switch self {
    case .raw: return nil
    case .auto: effort = .fast
    case .best: effort = .best
    }
    return CodingPlan(kind: kind, effort: effort, base: try series?.base.stored())
  }
}

/// The place of a new blob among those that came before it under the same name, and the one of them
/// that it is coded against.
///
/// Two of three are coded against the one just before, every third against the one three before,
/// and every ninth against the one nine before: each against the generation that is less by one in
/// the last digit that is not 0, counted to the base 3. That one is always on the chain of the one
/// just before. The farther apart two versions are, the less they have in common, and the longer a
/// chain, the more has to be decoded: this keeps both small, with six bases at most.
struct BlobSeries {
  let base: BlobRecord
  /// How many blobs came since the one that stands by itself.
  let generation: Int

  /// A series that is so long begins anew.
  private static let length = 27

  /// - Returns: `nil` when the next blob is to stand by itself.
  init?(after last: BlobRecord) {
    generation = last.generation + 1
    var step = 1
    while generation % (3 * step) == 0 { step *= 3 }
    let wanted = generation - step
    guard generation < Self.length, let base = last.chain.first(where: { $0.generation <= wanted })
    else { return nil }
    self.base = base
  }
}

extension DType {
  /// How its elements are read where their bits are compared.
  var elementKind: ElementKind {
    switch self {
    case .bool, .int4, .int8, .uint4, .uint8: .integer8
    case .int16, .uint16: .integer16
    case .int32, .uint32: .integer32
    case .int64, .uint64: .integer64
    case .float8E4M3FN, .float8E5M2: .float8
    case .bfloat16, .float16: .float16
    // A complex number is two of the others.
    case .float32, .complex64: .float32
    case .float64, .complex128: .float64
    }
  }
}
