import TensorFlowGraph
import Tensors

/// The short-time Fourier transform as a convolution with kernels of cosines and sines.
/// keras/src/layers/preprocessing/stft_spectrogram.py of https://github.com/keras-team/keras
enum STFTSpectrogram: LayerLowering {
  /// `backend.epsilon()`
  private static let epsilon = 1e-7

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    var input = try call.input(rank: 3)
    guard input.kind.isFloating else { throw call.unfitting("floats", input.kind.name) }
    let isChannelsLast = try Self.isChannelsLast(layer)
    if isChannelsLast { input = graph.transpose(input, [0, 2, 1]) }
    func part(_ kernel: String) throws(CompileError) -> Tensor {
      try convolve(input, kernel, of: layer, in: graph)
    }
    let output: Tensor
    switch try layer.settings.text("mode", default: "log") {
    case "real": output = try part("real_kernel")
    case "imag": output = try part("imag_kernel")
    case "angle":
      output = graph.binary(.atan2, try part("imag_kernel"), try part("real_kernel"))
    case "stft":
      output = graph.concat([try part("real_kernel"), try part("imag_kernel")], along: 3)
    case let mode:
      output = try spectrum(
        mode, try part("real_kernel"), try part("imag_kernel"), layer, in: graph)
    }
    return .tensor(try arranged(output, isChannelsLast, layer, in: graph))
  }

  private static func isChannelsLast(_ layer: Layer) throws(CompileError) -> Bool {
    switch try layer.settings.text("data_format", default: "channels_last") {
    case "channels_last": return true
    case "channels_first": return false
    default:
      throw layer.settings.malformed("data_format", "'channels_last' or 'channels_first'")
    }
  }

  /// - Parameter x: `[batch, channels, time]`.
  /// - Returns: `[batch, channels, frames, frequencies]`.
  private static func convolve(
    _ x: Tensor, _ weight: String, of layer: Layer, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let kernel = try layer.read(weight, rank: 3, as: x.kind, in: graph)
    guard kernel.kind == x.kind, let length = kernel.shape[0], length > 0, kernel.shape[1] == 1
    else { throw .missingWeight(location: layer.location, weight: weight) }
    let step = try layer.settings.integer("frame_step") ?? max(1, length / 2)
    let padding = try layer.settings.text("padding", default: "valid")
    guard step > 0, ["valid", "same"].contains(padding) else {
      throw layer.settings.malformed("padding", "'valid' or 'same', with a positive frame_step")
    }
    if padding == "valid", let time = x.shape[2], time < length {
      throw .unfittingInput(
        location: layer.location, expected: "\(length) samples or more", found: "\(time)")
    }
    let lines = graph.reshape(
      x,
      to: [graph.times(graph.extent(of: x, 0), graph.extent(of: x, 1)), .known(1)]
        + [graph.extent(of: x, 2), .known(1)])
    let frames = x.shape[2].map { time in
      padding == "same" ? (time + step - 1) / step : (time - length) / step + 1
    }
    let output = graph.add(
      .conv2D, [lines, graph.expand(kernel, at: 0)],
      ["strides": .integers([1, 1, step, 1]), "padding": .text(padding.uppercased())],
      shape: [lines.shape[0], 1, frames, kernel.shape[2]])
    return graph.reshape(
      output,
      to: [graph.extent(of: x, 0), graph.extent(of: x, 1), graph.extent(of: output, 2)]
        + [graph.extent(of: output, 3)])
  }

  private static func spectrum(
    _ mode: String, _ real: Tensor, _ imaginary: Tensor, _ layer: Layer, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let power = graph.plus(graph.unary(.square, real), graph.unary(.square, imaginary))
    if mode == "psd" {
      // All frequencies but the first and the last stand for two.
      let inner = graph.slice(power, [.all, .all, .all, .range(1, -1)])
      let none = (before: 0, behind: 0)
      return graph.plus(power, graph.pad(inner, [none, none, none, (1, 1)]))
    }
    let magnitude = graph.unary(.sqrt, graph.binary(.maximum, power, epsilon))
    switch mode {
    case "magnitude": return magnitude
    case "log": return graph.unary(.log, graph.binary(.maximum, magnitude, epsilon))
    default: throw layer.settings.unsupported("mode", "\(mode) is not known")
    }
  }

  /// - Parameter x: `[batch, channels, frames, frequencies]`.
  private static func arranged(
    _ x: Tensor, _ isChannelsLast: Bool, _ layer: Layer, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    if try layer.settings.flag("expand_dims", default: false) {
      return isChannelsLast ? graph.transpose(x, [0, 2, 3, 1]) : x
    }
    let batch = graph.extent(of: x, 0)
    let frames = graph.extent(of: x, 2)
    let features = graph.times(graph.extent(of: x, 1), graph.extent(of: x, 3))
    return isChannelsLast
      ? graph.reshape(graph.transpose(x, [0, 2, 1, 3]), to: [batch, frames, features])
      : graph.reshape(graph.transpose(x, [0, 1, 3, 2]), to: [batch, features, frames])
  }
}
