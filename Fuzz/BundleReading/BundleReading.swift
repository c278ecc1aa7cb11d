public import Files
import Harness
import TensorFlowFormat
import Tensors

/// Reads all that a checkpoint has.
public func readBundle(_ index: FileSlice, shards: [Int: FileSlice]) throws {
  let bundle = try TensorBundle(index: index, shards: shards)
  let spool = MemoryFile.spool()
  // One damaged tensor says nothing of the others.
  _ = try? bundle.objectGraph()
  for entry in bundle.entries {
    guard bundle.entry(entry.key) == entry else { fail("\(entry.key) is not found") }
    switch entry.elements {
    case .strings: _ = try? bundle.strings(of: entry)
    case .numbers(let dtype):
      guard !bundle.liesInOnePiece(entry) else { continue }
      guard let extent = try? bundle.assemble(entry, into: spool) else { continue }
      guard entry.shape.byteCount(of: dtype) == Int(extent.length), extent.end == spool.byteCount
      else { fail("\(entry.key) has \(extent.length) bytes") }
    case .other: break
    }
  }
}
