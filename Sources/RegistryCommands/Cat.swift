import ArgumentParser
import Catalog
import Files
import Glibc
import ModelRegistry
import NumPyFormat
import StrictJSON
import Tensors

struct Cat: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "cat",
    abstract: "Print one variable of a version.",
    discussion: """
      As npy, NumPy's file of one array, for pipes and files; as JSON, with path, dtype, shape and \
      the values, for people and programs.

      EXAMPLE
        registry cat latest dense/bias --as json
        registry cat v3 dense/kernel > kernel.npy
      """)

  @OptionGroup var options: RegistryOptions

  @Argument(help: "The version.")
  var ref: ReferenceArgument

  @Argument(help: "The variable's path, as show lists it.")
  var variable: String

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case npy, json
  }

  @Option(
    name: .customLong("as"),
    help: ArgumentHelp(
      "npy or json. Without it: json on a terminal, else npy.", valueName: "format")
  )
  var format: Format?

  func run() throws {
    let format = options.json ? .json : format ?? (isatty(STDOUT_FILENO) == 1 ? .json : .npy)
    try options.open().withTensor(variable, of: ref.parsed()) { slot, bytes in
      var output = StandardOutput()
      switch format {
      case .npy: try writeArray(slot, bytes, to: &output)
      case .json: write(slot, bytes, to: &output)
      }
      try output.end()
    }
  }

  private func writeArray(
    _ slot: VariableSlot, _ bytes: UnsafeRawBufferPointer, to output: inout StandardOutput
  ) throws {
    let tensor = TensorToWrite(
      name: slot.path, dtype: slot.dtype, shape: slot.shape, content: .stored(0))
    guard let tensor else { return }
    for piece in try NpzWriter.array(tensor).pieces {
      switch piece.content {
      case .bytes(let header): output.write(header)
      case .tensor: output.write(bytes)
      }
    }
  }

  private func write(
    _ slot: VariableSlot, _ bytes: UnsafeRawBufferPointer, to output: inout StandardOutput
  ) {
    let head: JSONValue = [
      "dtype": .string(slot.dtype.rawValue), "path": .string(slot.path), "shape": slot.shape.json,
    ]
    output.write(Array(head.canonicalText.dropLast().utf8) + Array(",\"values\":".utf8))
    var writer = NestedValues(dtype: slot.dtype, dimensions: slot.shape.dimensions, bytes: bytes)
    writer.write(to: &output)
    output.write(Array("}\n".utf8))
  }
}

/// A tensor's values, in lists as deep as it has dimensions.
private struct NestedValues {
  let dtype: DType
  let dimensions: [Int]
  let bytes: UnsafeRawBufferPointer
  private var offset = 0

  init(dtype: DType, dimensions: [Int], bytes: UnsafeRawBufferPointer) {
    self.dtype = dtype
    self.dimensions = dimensions
    self.bytes = bytes
  }

  mutating func write(to output: inout StandardOutput) { write(axis: 0, to: &output) }

  private mutating func write(axis: Int, to output: inout StandardOutput) {
    guard axis < dimensions.count else {
      output.write(Array(ElementText.text(of: dtype, in: bytes, at: offset).utf8))
      offset += dtype.byteWidth
      return
    }
    output.write([UInt8(ascii: "[")])
    for index in 0..<dimensions[axis] {
      if index > 0 { output.write([UInt8(ascii: ",")]) }
      write(axis: axis + 1, to: &output)
    }
    output.write([UInt8(ascii: "]")])
  }
}

/// Standard output for bytes that are no text.
private struct StandardOutput {
  private var buffer: [UInt8] = []
  private var failure: Int32 = 0

  mutating func write(_ bytes: [UInt8]) {
    buffer += bytes
    if buffer.count >= 1 << 16 { flush() }
  }

  mutating func write(_ bytes: UnsafeRawBufferPointer) {
    flush()
    put(bytes)
  }

  mutating func end() throws {
    flush()
    guard failure == 0 else {
      throw SystemCallError("write", "standard output", code: failure)
    }
  }

  private mutating func flush() {
    buffer.withUnsafeBytes { put($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  private mutating func put(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    while failure == 0, !rest.isEmpty {
      let written = Glibc.write(STDOUT_FILENO, rest.baseAddress, rest.count)
      if written >= 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      } else if errno != EINTR {
        failure = errno
      }
    }
  }
}
