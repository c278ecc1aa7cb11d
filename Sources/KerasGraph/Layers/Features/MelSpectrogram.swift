import StrictJSON
import TensorFlowGraph
import Tensors

/// The energy of a signal in bands of frequencies, as many as an ear tells apart.
/// keras/src/layers/preprocessing/mel_spectrogram.py of https://github.com/keras-team/keras
enum MelSpectrogram: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let input = try call.input(ranks: 1...8)
    guard input.kind.isFloating || input.kind.isInteger else {
      throw call.unfitting("numbers", input.kind.name)
    }
    let kind: ElementKind = layer.policy.compute == .float64 ? .float64 : .float32
    let frames = try FourierFrames(of: layer)
    var output = try frames.magnitudes(of: graph.cast(input, to: kind), in: graph)
    output = graph.binary(
      .pow, output, try layer.settings.number("mag_exp", default: 2))
    let bands = try MelBands(of: layer, bins: frames.size / 2 + 1)
    output = graph.matmul(output, graph.cast(bands.matrix(in: graph), to: kind))
    if try layer.settings.flag("power_to_db", default: true) {
      output = try decibels(output, layer, in: graph)
    }
    let axes = Array(output.shape.indices)
    output = graph.transpose(output, axes.dropLast(2) + [axes.count - 1, axes.count - 2])
    return .tensor(Statistics.result(output, of: layer, in: graph))
  }

  /// Of the whole batch, nothing is further below the loudest than `top_db`.
  private static func decibels(
    _ x: Tensor, _ layer: Layer, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let least = try layer.settings.number("min_power", default: 1e-10)
    let reference = try layer.settings.number("ref_power", default: 1)
    let range = try layer.settings.number("top_db", default: 80)
    func decibels(_ power: Tensor) -> Tensor {
      let logarithm = graph.unary(.log, graph.binary(.maximum, power, least))
      let tens = graph.unary(.log, graph.scalar(10, like: power))
      return graph.binary(.mul, graph.binary(.realDiv, logarithm, tens), 10)
    }
    let levels = graph.minus(
      decibels(x), decibels(graph.scalar(reference.magnitude, like: x)))
    let loudest = graph.reduce(.max, levels, along: Array(levels.shape.indices))
    return graph.binary(.maximum, levels, graph.binary(.sub, loudest, range))
  }
}

/// The Fourier transforms of overlapping frames of a signal.
/// `stft` of keras/src/backend/tensorflow/math.py of https://github.com/keras-team/keras
private struct FourierFrames {
  /// How many samples a frame has.
  let size: Int
  private let step: Int
  /// How many samples the window has; the others are 0.
  private let windowSize: Int
  private let window: JSONValue?
  private let layer: Layer

  /// More samples than any signal has in a frame.
  private static let limit = 1 << 24

  init(of layer: Layer) throws(CompileError) {
    let settings = layer.settings
    size = try settings.integer("fft_length", default: 2048)
    step = try settings.integer("sequence_stride", default: 512)
    let given = try settings.integer("sequence_length") ?? 0
    windowSize = given == 0 ? size : given
    window = settings.json["window"] ?? "hann"
    self.layer = layer
    guard (1...Self.limit).contains(size), step > 0, (1...size).contains(windowSize) else {
      throw settings.malformed(
        "fft_length", "at least sequence_length, and a positive sequence_stride")
    }
  }

  /// - Returns: `[…, frames, size / 2 + 1]`
  func magnitudes(of signal: Tensor, in graph: GraphBuilder) throws(CompileError) -> Tensor {
    var frames = frames(of: signal, in: graph)
    if let weights = try weights(like: signal, in: graph) {
      frames = graph.multiply(frames, weights)
    }
    let complex: ElementKind = signal.kind == .float64 ? .complex128 : .complex64
    let shape = Array(frames.shape.dropLast()) + [size / 2 + 1]
    let spectrum = graph.add(
      .rFFT, [frames, graph.integers([size])], ["Tcomplex": .kind(complex)], shape: shape)
    func part(_ operation: Operation) -> Tensor {
      let part = graph.add(operation, [spectrum], ["Tout": .kind(signal.kind)], shape: shape)
      return graph.unary(.square, part)
    }
    return graph.unary(.sqrt, graph.plus(part(.real), part(.imag)))
  }

  private func frames(of signal: Tensor, in graph: GraphBuilder) -> Tensor {
    let half = size / 2
    let padding = (0..<signal.rank).flatMap { $0 == signal.rank - 1 ? [half, half] : [0, 0] }
    let table = graph.constant(
      ConstantTensor(padding, kind: .int32, dimensions: [signal.rank, 2]))
    let padded = graph.add(
      .mirrorPad, [signal, table], ["mode": .text("REFLECT")],
      shape: Array(signal.shape.dropLast()) + [signal.dimension(-1).map { $0 + 2 * half }])
    let last = graph.minus(graph.extent(of: padded, -1), .known(size))
    let starts = graph.add(
      .range,
      [
        graph.integer(0), graph.scalar(graph.plus(last, .known(1))), graph.integer(step),
      ], shape: [last.known.map { $0 < 0 ? 0 : $0 / step + 1 }])
    let places = graph.add(
      .range, [graph.integer(0), graph.integer(size), graph.integer(1)], shape: [size])
    let indices = graph.plus(graph.expand(starts, at: 1), graph.expand(places, at: 0))
    return graph.gather(padded, at: indices, along: -1)
  }

  private func weights(
    like signal: Tensor, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor? {
    guard let window, !window.isNull else { return nil }
    var weights: Tensor
    switch (window.string, window.elements) {
    case ("hann"?, _): weights = raisedCosine(0.5, 0.5, like: signal, in: graph)
    case ("hamming"?, _): weights = raisedCosine(0.54, 0.46, like: signal, in: graph)
    case (nil, let values?) where values.compactMap(\.double).count == windowSize:
      weights = graph.constant(
        ConstantTensor(
          values.compactMap(\.double), kind: signal.kind, dimensions: [windowSize]))
    default:
      throw layer.settings.unsupported(
        "window", "known are 'hann', 'hamming', None and \(windowSize) numbers")
    }
    let before = (size - windowSize) / 2
    if windowSize < size {
      weights = graph.pad(weights, [(before: before, behind: size - windowSize - before)])
    }
    return weights
  }

  /// `a − b · cos(2π n / N)`. The periodic window of TensorFlow's `tf.signal` has one sample less
  /// for odd sizes.
  private func raisedCosine(
    _ a: Double, _ b: Double, like signal: Tensor, in graph: GraphBuilder
  ) -> Tensor {
    guard windowSize > 1 else {
      return graph.fill([.known(1)], with: graph.scalar(1, like: signal))
    }
    let period = windowSize % 2 == 0 ? windowSize : windowSize - 1
    let numbers = graph.add(
      .range, [graph.integer(0), graph.integer(windowSize), graph.integer(1)],
      shape: [windowSize])
    let turns = graph.binary(.mul, graph.cast(numbers, to: signal.kind), 2 * Double.pi)
    let cosine = graph.unary(.cos, graph.binary(.realDiv, turns, Double(period)))
    return graph.minus(
      graph.scalar(a, like: signal), graph.binary(.mul, cosine, b))
  }
}

/// The triangles that weight frequencies into bands of equal width on the mel scale.
private struct MelBands {
  private let bins: Int
  private let count: Int
  private let nyquist: Double
  private let lowest: Double
  private let highest: Double

  /// - Parameter bins: how many frequencies there are, from 0 to half the sampling rate.
  init(of layer: Layer, bins: Int) throws(CompileError) {
    let settings = layer.settings
    let rate = try settings.number("sampling_rate", default: 16000)
    self.bins = bins
    count = try settings.integer("num_mel_bins", default: 128)
    nyquist = rate / 2
    lowest = try settings.number("min_freq", default: 20)
    let given = try settings.number("max_freq") ?? 0
    highest = given == 0 ? (rate / 2).rounded(.towardZero) : given
    guard (1...1 << 20).contains(count), bins > 1, rate.isFinite, rate > 0 else {
      throw settings.malformed("num_mel_bins", "a positive integer, and a positive sampling_rate")
    }
  }

  /// `[bins, count]`, of float32 as Keras computes it.
  func matrix(in graph: GraphBuilder) -> Tensor {
    let frequencies = graph.slice(
      line(graph.scalar(0, .float32), graph.scalar(nyquist, .float32), bins, in: graph),
      [.range(1, nil)])
    let places = graph.expand(mel(frequencies, in: graph), at: 1)
    let edges = line(
      mel(graph.scalar(lowest, .float32), in: graph),
      mel(graph.scalar(highest, .float32), in: graph), count + 2, in: graph)
    func edge(_ place: Int) -> Tensor {
      graph.expand(graph.slice(edges, [.range(place, place + count)]), at: 0)
    }
    let (lower, center, upper) = (edge(0), edge(1), edge(2))
    let rising = graph.binary(
      .realDiv, graph.minus(places, lower), graph.minus(center, lower))
    let falling = graph.binary(
      .realDiv, graph.minus(upper, places), graph.minus(upper, center))
    let weights = graph.binary(.maximum, graph.binary(.minimum, rising, falling), 0)
    return graph.pad(weights, [(before: 1, behind: 0), (before: 0, behind: 0)])
  }

  private func line(
    _ start: Tensor, _ end: Tensor, _ count: Int, in graph: GraphBuilder
  ) -> Tensor {
    graph.add(.linSpace, [start, end, graph.integer(count)], shape: [count])
  }

  private func mel(_ hertz: Tensor, in graph: GraphBuilder) -> Tensor {
    let ratio = graph.binary(.addV2, graph.binary(.realDiv, hertz, 700), 1)
    return graph.binary(.mul, graph.unary(.log, ratio), 1127)
  }
}
