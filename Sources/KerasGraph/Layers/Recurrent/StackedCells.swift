import TensorFlowGraph

/// `StackedRNNCells`: cells that each take what the one before gives.
struct StackedCells: RecurrentCell {
  private let cells: [any RecurrentCell]
  let kind: ElementKind

  init(_ layer: Layer, in graph: GraphBuilder) throws(CompileError) {
    guard try !layer.settings.flag("reverse_state_order", default: false) else {
      throw layer.settings.unsupported(
        "reverse_state_order", "states in the reverse order of their cells are not compiled")
    }
    var cells: [any RecurrentCell] = []
    for (place, object) in (layer.settings.list("cells") ?? []).enumerated() {
      cells.append(
        try RecurrentCells.cell(try layer.part("cells/\(place)", object), in: graph))
    }
    guard let first = cells.first else { throw layer.settings.malformed("cells", "cells") }
    guard cells.allSatisfy({ $0.kind == first.kind }) else {
      throw layer.settings.unsupported("cells", "cells that compute in different types")
    }
    self.cells = cells
    kind = first.kind
  }

  var stateSizes: [Int] { cells.flatMap(\.stateSizes) }

  var outputState: Int {
    cells.dropLast().reduce(0) { $0 + $1.stateSizes.count } + (cells.last?.outputState ?? 0)
  }

  func project(_ inputs: Tensor, in graph: GraphBuilder) throws(CompileError) -> Tensor {
    try cells[0].project(inputs, in: graph)
  }

  func step(
    _ projected: Tensor, _ states: [Tensor], in graph: GraphBuilder
  ) throws(CompileError) -> [Tensor] {
    var rest = states[...]
    var next: [Tensor] = []
    var output: Tensor?
    for cell in cells {
      let input = try output.map { x throws(CompileError) in try cell.project(x, in: graph) }
      let own = rest.prefix(cell.stateSizes.count)
      rest = rest.dropFirst(own.count)
      let after = try cell.step(input ?? projected, Array(own), in: graph)
      output = after[cell.outputState]
      next += after
    }
    return next
  }
}
