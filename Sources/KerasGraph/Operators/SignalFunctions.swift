import StrictJSON
import TensorFlowGraph
import Tensors

/// Fourier transforms. Keras has complex numbers as two tensors.
/// keras/src/backend/tensorflow/math.py of https://github.com/keras-team/keras
enum SignalFunctions {
  static let keras = TensorFunction.join([
    transform("FFT", .fFT), transform("FFT2", .ffT2D), transform("IFFT2", .iffT2D),
    TensorFunction.table("RFFT", "x fft_length", realTransform),
    TensorFunction.table(
      "STFT", "x sequence_length sequence_stride fft_length window=\"hann\" center=true",
      shortTransform),
    TensorFunction.table("IRFFT", "x fft_length", inverseRealTransform),
  ])

  private static func transform(
    _ name: String, _ operation: Operation
  ) -> [String: TensorFunction] {
    TensorFunction.table(name, "x") { (call: FunctionCall) throws(CompileError) in
      let x = try complex(call)
      return try parts(call.graph.add(operation, [x], shape: x.shape), call)
    }
  }

  private static func complex(_ call: FunctionCall) throws(CompileError) -> Tensor {
    let tensors = try call.tensors("x")
    guard tensors.count == 2, tensors[0].kind == tensors[1].kind,
      tensors[0].kind == .float32 || tensors[0].kind == .float64
    else { throw call.malformed("x", "a real and an imaginary part, of float32 or float64") }
    let kind: ElementKind = tensors[0].kind == .float64 ? .complex128 : .complex64
    return call.graph.add(.complex, tensors, ["Tout": .kind(kind)], shape: tensors[0].shape)
  }

  private static func parts(_ x: Tensor, _ call: FunctionCall) throws(CompileError) -> CallValue {
    let kind: ElementKind = x.kind == .complex128 ? .float64 : .float32
    return .list(
      [Operation.real, .imag].map {
        .tensor(call.graph.add($0, [x], ["Tout": .kind(kind)], shape: x.shape))
      })
  }

  private static func realTransform(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x", ranks: 1...32), call.graph)
    guard x.kind == .float32 || x.kind == .float64 else {
      throw call.malformed("x", "float32 or float64")
    }
    let given = try call.integer("fft_length")
    guard given.map({ $0 > 0 }) ?? true else { throw call.malformed("fft_length", "a length") }
    let length = given.map(Extent.known) ?? graph.extent(of: x, -1)
    let kind: ElementKind = x.kind == .float64 ? .complex128 : .complex64
    let result = graph.add(
      .rFFT, [x, graph.vector([length])], ["Tcomplex": .kind(kind)],
      shape: x.shape.dropLast() + [length.known.map { $0 / 2 + 1 }])
    return try parts(result, call)
  }

  /// The transforms of windows.
  private static func shortTransform(_ call: FunctionCall) throws(CompileError) -> CallValue {
    var (x, graph) = (try call.tensor("x", ranks: 1...31), call.graph)
    guard let width = try call.integer("sequence_length"),
      let step = try call.integer("sequence_stride"), let length = try call.integer("fft_length"),
      width > 0, step > 0, length >= width, length <= 1 << 16
    else { throw call.malformed("fft_length", "lengths above 0, of which it is not the least") }
    guard x.kind == .float32 || x.kind == .float64 else {
      throw call.malformed("x", "float32 or float64")
    }
    if try call.constant("center")?.bool ?? true {
      let rows = (0..<x.rank).flatMap { $0 == x.rank - 1 ? [length / 2, length / 2] : [0, 0] }
      let table = graph.constant(ConstantTensor(rows, kind: .int32, dimensions: [x.rank, 2]))
      let size = x.dimension(-1).map { $0 + length / 2 * 2 }
      x = graph.add(
        .mirrorPad, [x, table], ["mode": .text("REFLECT")], shape: x.shape.dropLast() + [size])
    }
    var frames = Parting.frames(x, length: length, step: step, graph)
    if let window = try window(call, width) {
      let before = (length - width) / 2
      let padded =
        Array(repeating: 0, count: before) + window
        + Array(repeating: 0, count: length - width - before)
      frames = graph.multiply(
        frames, graph.constant(ConstantTensor(padded, kind: x.kind, dimensions: [length])))
    }
    let kind: ElementKind = x.kind == .float64 ? .complex128 : .complex64
    let result = graph.add(
      .rFFT, [frames, graph.integers([length])], ["Tcomplex": .kind(kind)],
      shape: frames.shape.dropLast() + [length / 2 + 1])
    return try parts(result, call)
  }

  /// A raised cosine of a number of places; `nil` for none.
  /// tensorflow/python/ops/signal/window_ops.py of https://github.com/tensorflow/tensorflow
  private static func window(
    _ call: FunctionCall, _ width: Int
  ) throws(CompileError) -> [Double]? {
    guard let given = try call.constant("window") else { return nil }
    if let numbers = given.array {
      let window = numbers.compactMap(\.double)
      guard window.count == width, numbers.count == width else {
        throw call.malformed("window", "\(width) numbers")
      }
      return window
    }
    let shares = ["hann": 0.5, "hamming": 0.54]
    guard let share = given.string.flatMap({ shares[$0] }) else {
      throw call.unsupported("window", "only hann and hamming are known")
    }
    guard width > 1 else { return [1] }
    let period = Double(width.isMultiple(of: 2) ? width : width - 1)
    return (0..<width).map { place in
      share - (1 - share) * cosine(2 * Double.pi * Double(place) / period)
    }
  }

  /// By its series round the nearest multiple of a right angle, which needs no library.
  private static func cosine(_ angle: Double) -> Double {
    let turns = (angle / (2 * Double.pi)).rounded()
    let x = angle - turns * 2 * Double.pi
    var (term, sum) = (1.0, 1.0)
    for n in 1...14 {
      term *= -x * x / Double((2 * n - 1) * 2 * n)
      sum += term
    }
    return sum
  }

  private static func inverseRealTransform(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try complex(call), call.graph)
    guard x.rank > 0 else { throw call.malformed("x", "one dimension at least") }
    let given = try call.integer("fft_length")
    guard given.map({ $0 > 0 }) ?? true else { throw call.malformed("fft_length", "a length") }
    let whole = graph.times(graph.minus(graph.extent(of: x, -1), .known(1)), .known(2))
    let length = given.map(Extent.known) ?? whole
    let kind: ElementKind = x.kind == .complex128 ? .float64 : .float32
    return .tensor(
      graph.add(
        .iRFFT, [x, graph.vector([length])], ["Treal": .kind(kind)],
        shape: x.shape.dropLast() + [length.known]))
  }

  static func polar(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (length, angle) = try call.pair("abs_", "angle")
    let graph = call.graph
    guard length.kind == .float32 || length.kind == .float64 else {
      throw call.malformed("abs_", "float32 or float64")
    }
    let kind: ElementKind = length.kind == .float64 ? .complex128 : .complex64
    let real = graph.multiply(length, graph.unary(.cos, angle))
    let imaginary = graph.multiply(length, graph.unary(.sin, angle))
    return .tensor(
      graph.add(.complex, [real, imaginary], ["Tout": .kind(kind)], shape: real.shape))
  }
}
