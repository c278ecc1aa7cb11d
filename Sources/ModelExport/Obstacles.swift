import HDF5Format
import KerasDialects
import KerasFormat
import KerasGraph
import NumPyFormat
import SafetensorsFormat
import StrictJSON
import TensorFlowFormat
import Tensors
import ZipFormat

extension ConversionNote {
  static let noArchitecture = ConversionNote(
    .impossible, at: "model",
    "no architecture is known; commit it with --parent, a version of the same model that has one")

  static let notRead = ConversionNote(
    .impossible, at: "model", "it was committed with --opaque, and never read")

  static let checkpointsAreOfKeras2 = ConversionNote(
    .impossible, at: "model",
    "checkpoints are written for Keras 2; for Keras 3 there are --as keras and --as weights")

  static func cannotResume(_ reason: String) -> ConversionNote {
    ConversionNote(.impossible, at: "optimizer", "training cannot go on: \(reason)")
  }

  /// What a writer says of why something cannot be written; `nil` for errors of another kind, of
  /// the system say.
  init?(obstacle error: any Error) {
    switch error {
    case let error as ExportError: self.init(error)
    case let error as DialectError: self.init(.impossible, at: "model", error.description)
    case let error as JSONError:
      self.init(.impossible, at: "model", "its configuration is no JSON: \(error)")
    case let error as ModelPart.NoSuchModel: self.init(error)
    case let error as SafetensorsWriter.Failure: self.init(error)
    case let error as CompileError: self.init(error)
    case let error as SavedModelWritingError:
      self.init(.impossible, at: "SavedModel", "\(error)")
    case let error as CheckpointWritingError:
      self.init(.impossible, at: "checkpoint", error.phrase)
    case let error as HDF5WriterError: self.init(.impossible, at: "HDF5", error.phrase)
    case let error as NumPyError: self.init(.impossible, at: "npz", "\(error)")
    case let error as ZipError: self.init(.impossible, at: "archive", "\(error)")
    default: return nil
    }
  }

  private init(_ error: ModelPart.NoSuchModel) {
    let known =
      error.models.isEmpty ? "it has none" : "they are \(error.models.joined(separator: ", "))"
    self.init(
      .impossible, at: error.prefix,
      "it is no nested model: \(known); --as safetensors and npz take any part")
  }

  private init(_ error: CompileError) {
    switch error {
    case .unknownLayer(let location, let className):
      self.init(
        .impossible, at: location,
        "what a \(className) computes is in code that Keras does not ship; --graph REF takes the"
          + " graph of a version that was committed as a SavedModel")
    case .unsupported(let location, let field, let detail):
      self.init(.impossible, at: location, field: field, detail)
    case .malformed(let location, let field, let expected):
      self.init(.impossible, at: location, field: field, "Keras has \(expected) here")
    case .missingWeight(let location, let weight):
      self.init(.impossible, at: location, "the version has no weight \(weight) for it")
    case .unfittingInput(let location, let expected, let found):
      self.init(.impossible, at: location, "it takes \(expected), and gets \(found)")
    case .tooLarge(let location, let limit):
      self.init(.impossible, at: location, "here the graph grows beyond \(limit)")
    }
  }

  private init(_ error: ExportError) {
    func impossible(_ location: String, _ detail: String) -> ConversionNote {
      ConversionNote(.impossible, at: location.isEmpty ? "model" : location, detail)
    }
    switch error {
    case .noModel: self = impossible("model", "its configuration has no class_name")
    case .missingWeight(let layer, let weight):
      self = impossible(layer, "the version has no weight \(weight) for it")
    case .strayWeight(let path):
      self = impossible(path, "no layer of the configuration has this weight")
    case .unnamedLayer(let className):
      self = impossible(className, "a layer without a name, by which the format files it")
    case .unknownObject(let layer, let className, let weight):
      self = impossible(
        layer,
        "where the format has \(weight) depends on the code of \(className), which Keras does not"
          + " ship; --as original, safetensors and npz do not need it")
    case .ambiguousName(let layer, let name):
      self = impossible(layer, "two weights would be called \(name)")
    case .unusableName(let name): self = impossible(name, "the format cannot have that name")
    case .tooDeep(let layer, let limit):
      self = impossible(layer, "more than \(limit) layers and parts are nested here")
    case .optimizer(let obstacle): self = impossible("optimizer", obstacle.phrase)
    case .tooLarge(let path): self = impossible(path, "its bytes do not fit 63 bits")
    }
  }

  private init(_ error: SafetensorsWriter.Failure) {
    switch error {
    case .unsupportedType(let tensor, let dtype):
      self.init(.impossible, at: tensor, "safetensors has no \(dtype.rawValue); npz has")
    case .repeatedName(let name): self.init(.impossible, at: name, "two tensors have this name")
    case .reservedName(let name):
      self.init(.impossible, at: name, "safetensors keeps this name for itself")
    case .headerTooLong(let allowed, let found):
      self.init(
        .impossible, at: "header", "\(found) bytes of names, and readers take \(allowed)")
    case .tooLarge(let tensor): self.init(.impossible, at: tensor, "the file would be too large")
    }
  }
}

extension OptimizerObstacle {
  /// What is wrong, in a few words.
  var phrase: String {
    switch self {
    case .noOptimizer: "its configuration has no class"
    case .unknownOptimizer(let className): "which variables \(className) has there is not known"
    case .untied(let paths):
      "it is not known what \(Self.list(paths)) \(paths.count == 1 ? "is" : "are")"
    case .ambiguous(let number, let paths): "\(Self.list(paths)) may be its \(number)"
    case .missingSlots(let slots):
      "the version does not have \(Self.list(slots.map { "\($0.name) of \($0.weightPath)" }))"
    case .missingNumber(let name): "nothing tells its \(name)"
    case .unreadableNumber(let path): "\(path) is no such number"
    case .unfitting(let path, let expected, let found):
      "\(path) is \(found), and should be \(expected)"
    case .tooLarge(let path): "the bytes of \(path) do not fit 63 bits"
    }
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(3).joined(separator: ", ")
    return names.count > 3 ? "\(shown) and \(names.count - 3) more" : shown
  }
}

extension CheckpointWritingError {
  fileprivate var phrase: String {
    switch self {
    case .repeatedKey(let key): "two tensors have the key \(key)"
    case .reservedKey(let key): "the key \(key) is TensorFlow's own"
    case .keyTooLong(let key, let allowed): "the key \(key) is longer than \(allowed) bytes"
    case .tooLarge(let key): "the bytes up to \(key) do not fit 63 bits"
    case .noSuchNode(_, let name, _, _): "the object \(name) is not there"
    case .noSuchKey(_, let key): "the key \(key) is not there"
    }
  }
}

extension HDF5WriterError {
  fileprivate var phrase: String {
    switch self {
    case .badPath(let path): "\(path) is no path in HDF5"
    case .repeatedPath(let path): "two things are called \(path)"
    case .badAttributeName(let location): "an attribute of \(location) has no usable name"
    case .repeatedAttribute(let location): "\(location) has two attributes of one name"
    case .zeroByte(let location): "a text of \(location) has a zero byte"
    case .attributeTooLarge(let location, let allowed, let found):
      "\(location) has \(found) bytes, and an attribute has at most \(allowed)"
    case .tooManyDimensions(let location, let allowed, let found):
      "\(location) has \(found) dimensions, and HDF5 has \(allowed)"
    case .tooLarge: "the tensors do not fit a file together"
    case .skeletonTooLarge(let allowed): "names and configuration take more than \(allowed) bytes"
    }
  }
}
