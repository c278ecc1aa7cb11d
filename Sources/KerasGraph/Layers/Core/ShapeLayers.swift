import StrictJSON
import TensorFlowGraph
import Tensors

extension GraphBuilder {
  /// How many elements so many axes have.
  func size(
    of extents: some Sequence<Extent>, _ call: Call
  ) throws(CompileError) -> Extent {
    var size = Extent.known(1)
    for extent in extents {
      size = times(size, extent)
      guard (size.known ?? 0) <= Int(Int32.max) else {
        throw call.unfitting("a tensor that fits into memory", "more than 2^31 elements")
      }
    }
    return size
  }
}

/// All axes but the first as one.
enum Flatten: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    var x = try call.input(ranks: 1...16)
    if try call.layer.settings.text("data_format") == "channels_first", x.rank > 1 {
      x = graph.transpose(x, [0] + Array(2..<x.rank) + [1])
    }
    let size = try graph.size(of: graph.extents(of: x).dropFirst(), call)
    return .tensor(graph.reshape(x, to: [graph.extent(of: x, 0), size]))
  }
}

/// The axes but the first in another order.
enum Permute: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let x = try call.input(ranks: 1...16)
    let order = try call.layer.settings.integers("dims") ?? []
    guard order.sorted() == Array(1..<x.rank) else {
      throw call.layer.settings.malformed("dims", "the numbers 1 to \(x.rank - 1)")
    }
    return .tensor(graph.transpose(x, [0] + order))
  }
}

/// A vector so many times, as steps.
enum RepeatVector: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let count = try call.layer.settings.requiredInteger("n")
    guard count >= 0 else { throw call.layer.settings.malformed("n", "a count") }
    let x = graph.expand(try call.input(rank: 2), at: 1)
    return .tensor(graph.tile(x, [.known(1), .known(count), .known(1)]))
  }
}

/// The same elements of each example in another shape, of which one dimension may be left open.
enum Reshape: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let x = try call.input(ranks: 1...16)
    let settings = call.layer.settings
    // Keras 3 also spells the open dimension `None`.
    let spelled = (settings.list("target_shape") ?? []).map { $0.isNull ? .integer(-1) : $0 }
    let target =
      try Settings(location: settings.location, json: ["target_shape": .array(spelled)])
      .integers("target_shape") ?? []
    guard target.count <= 32, target.allSatisfy({ $0 >= -1 }), target.count(where: { $0 == -1 }) < 2
    else { throw settings.malformed("target_shape", "dimensions, of which one may be -1") }
    guard let named = product(target.filter { $0 != -1 }) else {
      throw settings.malformed("target_shape", "a shape that a tensor can have")
    }
    let size = try graph.size(of: graph.extents(of: x).dropFirst(), call)
    let open = try rest(of: size, named, isOpen: target.contains(-1), call, in: graph)
    let extents = target.map { $0 == -1 ? open : .known($0) }
    return .tensor(graph.reshape(x, to: [graph.extent(of: x, 0)] + extents))
  }

  /// What is left for the dimension that is open.
  private static func rest(
    of size: Extent, _ named: Int, isOpen: Bool, _ call: Call, in graph: GraphBuilder
  ) throws(CompileError) -> Extent {
    if let size = size.known {
      guard isOpen ? named > 0 && size.isMultiple(of: named) : size == named else {
        throw call.unfitting("\(named) elements", "\(size)")
      }
      return .known(named > 0 ? size / named : 0)
    }
    guard isOpen else { return .known(1) }
    guard named > 0, named <= Int(Int32.max) else {
      throw call.layer.settings.malformed("target_shape", "dimensions")
    }
    return .dynamic(graph.binary(.floorDiv, graph.scalar(size), graph.integer(named)))
  }

  private static func product(_ sizes: [Int]) -> Int? {
    var product = 1
    for size in sizes {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard !overflow else { return nil }
      product = next
    }
    return product
  }
}
