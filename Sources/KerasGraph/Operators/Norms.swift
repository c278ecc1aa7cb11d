import StrictJSON
import TensorFlowGraph
import Tensors

/// Lengths of vectors and sizes of matrices.
enum Norms {
  private enum Order: Equatable {
    case euclidean
    case nuclear
    case number(Double)
  }

  private static func order(_ call: FunctionCall) throws(CompileError) -> Order {
    guard let json = try call.constant("ord") else { return .euclidean }
    if let number = json.double { return .number(number) }
    switch json.string {
    case "euclidean", "fro": return .euclidean
    case "nuc": return .nuclear
    case "inf", "Infinity": return .number(.infinity)
    default: throw call.unsupported("ord", "the norm is not known")
    }
  }

  static func keras(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = call.cast(try call.tensor("x"), .float)
    let order = try order(call)
    let reduction = try Reductions.reduction(call, x)
    switch reduction.axes.count {
    case 1: return .tensor(try vector(reduction, order, call))
    case 2: return .tensor(try matrix(reduction, order, call))
    default: throw call.unsupported("axis", "one axis or two have a norm")
    }
  }

  /// Of all elements where no axes are said.
  static func tensorFlow(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    let order = try order(call)
    let isWhole = call.value("axis") == nil
    let reduction = try Reductions.reduction(call, x)
    if isWhole || reduction.axes.count == 1 || order == .euclidean {
      return .tensor(try vector(reduction, order, call))
    }
    guard reduction.axes.count == 2 else { throw call.malformed("axis", "one axis or two") }
    return .tensor(try matrix(reduction, order, call))
  }

  private static func euclidean(_ reduction: Reduction) -> Tensor {
    let squares = reduction.graph.unary(.square, reduction.x)
    return reduction.graph.unary(.sqrt, reduction.of(squares).reduced(.sum))
  }

  private static func vector(
    _ reduction: Reduction, _ order: Order, _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    let graph = reduction.graph
    let absolute = reduction.of(graph.unary(.abs, reduction.x))
    switch order {
    case .euclidean, .number(2): return euclidean(reduction)
    case .nuclear: throw call.malformed("ord", "a norm of vectors")
    case .number(.infinity): return absolute.reduced(.max)
    case .number(-.infinity): return absolute.reduced(.min)
    case .number(1): return absolute.reduced(.sum)
    case .number(0):
      let differs = graph.binary(.notEqual, reduction.x, 0)
      return reduction.of(graph.cast(differs, to: reduction.x.kind)).reduced(.sum)
    case .number(let power):
      let powers = reduction.of(graph.binary(.pow, absolute.x, power))
      return graph.binary(.pow, powers.reduced(.sum), 1 / power)
    }
  }

  private static func matrix(
    _ reduction: Reduction, _ order: Order, _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    let graph = reduction.graph
    let (rows, columns) = (reduction.axes[0], reduction.axes[1])
    let absolute = graph.unary(.abs, reduction.x)
    func sums(along axis: Int, then operation: Operation, _ other: Int) -> Tensor {
      let sum = graph.reduce(.sum, absolute, along: [axis], keepsDimensions: true)
      let found = graph.reduce(operation, sum, along: [other], keepsDimensions: true)
      return reduction.keeps ? found : graph.squeeze(found, [axis, other])
    }
    switch order {
    case .euclidean: return euclidean(reduction)
    case .number(1): return sums(along: rows, then: .max, columns)
    case .number(-1): return sums(along: rows, then: .min, columns)
    case .number(.infinity): return sums(along: columns, then: .max, rows)
    case .number(-.infinity): return sums(along: columns, then: .min, rows)
    case .nuclear: return singular(reduction, .sum)
    case .number(2): return singular(reduction, .max)
    case .number(-2): return singular(reduction, .min)
    case .number: throw call.unsupported("ord", "matrices have no such norm")
    }
  }

  private static func singular(_ reduction: Reduction, _ operation: Operation) -> Tensor {
    let (graph, x) = (reduction.graph, reduction.x)
    let moved = Moving.move(x, from: reduction.axes, to: [x.rank - 2, x.rank - 1], graph)
    var norm = graph.reduce(operation, Matrices.values(moved, graph), along: [-1])
    if reduction.keeps {
      for axis in reduction.axes.sorted() { norm = graph.expand(norm, at: axis) }
    }
    return norm
  }
}
