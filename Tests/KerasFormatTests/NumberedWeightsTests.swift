import HDF5Format
import KerasFormat
import Tensors
import Testing

/// What Keras' own code does not name, and what does not fit.
@Suite struct NumberedWeightsTests {
  private static func vars(_ shapes: Shape...) -> HDF5Group {
    var group = HDF5Group()
    for (number, shape) in shapes.enumerated() {
      group.datasets[String(number)] = HDF5Dataset(
        elements: .numbers(.float32), shape: shape, storage: .encoded)
    }
    return HDF5Group(groups: ["vars": group])
  }

  private static func shape(_ dimensions: Int...) -> Shape { Shape(dimensions) ?? .scalar }

  private static func model(_ layers: String, compiled: String = "null") -> [UInt8] {
    let config = #"{"name":"m","layers":[\#(layers)]}"#
    return Array(
      #"{"class_name":"Functional","config":\#(config),"compile_config":\#(compiled)}"#.utf8)
  }

  private static func layer(_ className: String, _ name: String, _ more: String = "") -> String {
    #"{"class_name":"\#(className)","config":{"name":"\#(name)"\#(more)}}"#
  }

  private static func root(_ layers: [String: HDF5Group], under name: String = "layers")
    -> HDF5Group
  {
    HDF5Group(groups: [name: HDF5Group(groups: layers)])
  }

  private func weights(_ config: [UInt8], _ root: HDF5Group) throws -> [String] {
    let reading = try KerasArchive.reading(config: config, metadata: nil, weights: [root])
    return reading.snapshot.paths(of: .weight)
  }

  @Test func aClassThatKerasDoesNotShipKeepsItsNumbers() throws {
    let config = Self.model(
      [Self.layer("mine>MyBlock", "block"), Self.layer("Dense", "d")].joined(separator: ","))
    var block = Self.vars(Self.shape(2))
    block.groups["gate"] = Self.vars(Self.shape(3))
    let root = Self.root(["my_block": block, "dense": Self.vars(Self.shape(2, 3), Self.shape(3))])
    let paths = try weights(config, root)
    #expect(paths == ["block/vars/0", "d/kernel", "d/bias", "block/gate/vars/0"])
    var trained = root
    trained.groups["optimizer"] = Self.vars(.scalar, Self.shape(2))
    let compiled = Self.model(
      Self.layer("mine>MyBlock", "block"),
      compiled: #"{"optimizer":{"class_name":"Lion","config":{"name":"lion"}}}"#)
    let reading = try KerasArchive.reading(config: compiled, metadata: nil, weights: [trained])
    #expect(
      reading.snapshot.findings.last?.detail
        == "2 of 2 arrays: they are only numbered, and the order of some weights is not known")
  }

  @Test func otherNumbersOfVariablesThanTheSettingsSayAreNotNamed() throws {
    let config = Self.model(Self.layer("Dense", "d", #","use_bias":false"#))
    let root = Self.root(["dense": Self.vars(Self.shape(2, 3), Self.shape(3))])
    let reading = try KerasArchive.reading(config: config, metadata: nil, weights: [root])
    #expect(reading.snapshot.paths(of: .weight) == ["d/vars/0", "d/vars/1"])
    #expect(reading.snapshot.training == nil)
  }

  @Test func tensorFlow2_12CountsLayersWithWeightsTwice() throws {
    let config = Self.model(
      [
        Self.layer("InputLayer", "i"), Self.layer("Dense", "a"), Self.layer("Dropout", "drop"),
        Self.layer("Dense", "b"),
      ].joined(separator: ","))
    let root = Self.root(
      [
        "dense": Self.vars(Self.shape(2, 3), Self.shape(3)),
        "dense_2": Self.vars(Self.shape(3, 4), Self.shape(4)),
      ], under: "_layer_checkpoint_dependencies")
    #expect(try weights(config, root) == ["a/kernel", "a/bias", "b/kernel", "b/bias"])
  }

  @Test func theSeedsOfEarlyKeras3AreNoWeights() throws {
    let config = Self.model(Self.layer("Dropout", "drop"))
    let root = Self.root([
      "dropout": HDF5Group(groups: ["seed_generator": Self.vars(Self.shape(2))])
    ])
    let snapshot = try KerasArchive.reading(config: config, metadata: nil, weights: [root]).snapshot
    #expect(snapshot.paths(of: .seed) == ["drop/seed_generator/vars/0"])
    #expect(snapshot.paths(of: .weight).isEmpty)
  }

  // MARK: Parents

  private static func known(
    _ config: [UInt8], _ weights: KeyValuePairs<String, Shape>,
    from format: ModelFormat = .kerasHDF5
  ) -> KnownModel {
    KnownModel(
      format: format,
      architecture: Architecture(
        dialect: .keras3, config: String(decoding: config, as: UTF8.self)),
      training: nil,
      variables: weights.map {
        KnownVariable(path: $0, role: .weight, slot: nil, dtype: .float32, shape: $1)
      })
  }

  @Test func theParentNamesWhatKerasDoesNot() throws {
    let parent = Self.known(
      Self.model(Self.layer("mine>Scale", "s")),
      ["s/offset": Self.shape(3), "s/factor": Self.shape(3)])
    let root = Self.root(["scale": Self.vars(Self.shape(3), Self.shape(3))])
    let snapshot = try KerasHDF5.reading(of: root, parent: parent).snapshot
    #expect(snapshot.paths(of: .weight) == ["s/offset", "s/factor"])
    #expect(snapshot.architecture?.origin == .parent)
    #expect(snapshot.findings.isEmpty)
  }

  /// A SavedModel lists an object's variables by name, whatever order they were made in.
  @Test func theParentsNamesAreNotGuessedFromAnotherOrder() throws {
    let parent = Self.known(
      Self.model(Self.layer("mine>Scale", "s")),
      ["s/factor": Self.shape(3), "s/offset": Self.shape(3)], from: .savedModel)
    let root = Self.root(["scale": Self.vars(Self.shape(3), Self.shape(3))])
    let snapshot = try KerasHDF5.reading(of: root, parent: parent).snapshot
    #expect(snapshot.paths(of: .weight) == ["layers/scale/vars/0", "layers/scale/vars/1"])
    #expect(snapshot.findings.map(\.kind) == [.bareWeights])
  }

  /// Keras 3 writes the names of layers beside their variables.
  @Test(arguments: [("gamma", false), ("alpha", true), ("dense", true), ("dense_7", true)])
  func aLayerOfAnotherNameIsNotTheParents(_ name: String, _ fits: Bool) throws {
    let parent = Self.known(
      Self.model(Self.layer("Dense", "alpha")),
      ["alpha/kernel": Self.shape(2, 3), "alpha/bias": Self.shape(3)])
    var dense = Self.vars(Self.shape(2, 3), Self.shape(3))
    dense.groups["vars"]?.attributes["name"] = .string(name)
    let snapshot = try KerasHDF5.reading(of: Self.root(["dense": dense]), parent: parent).snapshot
    #expect((snapshot.architecture?.origin == .parent) == fits)
    #expect(snapshot.findings.map(\.kind) == (fits ? [] : [.bareWeights]))
  }

  @Test func theParentsNamesAreNotGuessedBetweenObjects() throws {
    let parent = Self.known(
      Self.model(Self.layer("mine>Pair", "p")), ["p/b/x": Self.shape(3), "p/a/x": Self.shape(3)])
    let pair = HDF5Group(groups: ["a": Self.vars(Self.shape(3)), "b": Self.vars(Self.shape(3))])
    let snapshot = try KerasHDF5.reading(of: Self.root(["pair": pair]), parent: parent).snapshot
    #expect(snapshot.paths(of: .weight) == ["layers/pair/a/vars/0", "layers/pair/b/vars/0"])
    #expect(snapshot.findings.map(\.kind) == [.bareWeights])
  }

  @Test(
    arguments: [
      (["d/kernel": Shape([2, 3]), "d/bias": Shape([4])], "d/bias is float32 (3,)"),
      (["d/kernel": Shape([2, 3])], "the parent has no weight d/bias"),
      (
        ["d/kernel": Shape([2, 3]), "d/bias": Shape([3]), "e/kernel": Shape([1])],
        "the parent's weight e/kernel"
      ),
    ] as [([String: Shape?], String)])
  func weightsOfAnotherModelAreBare(_ weights: [String: Shape?], _ why: String) throws {
    let parent = KnownModel(
      format: .kerasHDF5,
      architecture: Self.known(Self.model(Self.layer("Dense", "d")), [:]).architecture,
      training: nil,
      variables: weights.sorted { $0.key < $1.key }.map {
        KnownVariable(
          path: $0.key, role: .weight, slot: nil, dtype: .float32, shape: $0.value ?? .scalar)
      })
    let root = Self.root(["dense": Self.vars(Self.shape(2, 3), Self.shape(3))])
    let snapshot = try KerasHDF5.reading(of: root, parent: parent).snapshot
    #expect(snapshot.paths(of: .weight) == ["layers/dense/vars/0", "layers/dense/vars/1"])
    #expect(snapshot.architecture == nil)
    #expect(snapshot.findings.map(\.kind) == [.bareWeights])
    #expect(snapshot.findings.first?.detail.hasPrefix(why) == true)
  }

  // MARK: Optimizers

  @Test func anUnknownOptimizersArraysStayNumbered() throws {
    let config = Self.model(
      Self.layer("Dense", "d"),
      compiled: #"{"optimizer":{"class_name":"mine>Newton","config":{}}}"#)
    var root = Self.root(["dense": Self.vars(Self.shape(2, 3), Self.shape(3))])
    root.groups["optimizer"] = Self.vars(.scalar, Self.shape(2, 3))
    let snapshot = try KerasArchive.reading(config: config, metadata: nil, weights: [root]).snapshot
    #expect(snapshot.paths(of: .optimizer) == ["optimizer/vars/0", "optimizer/vars/1"])
    #expect(snapshot.findings.map(\.kind) == [.customClass, .untiedOptimizer])
    #expect(snapshot.training?.optimizer == "Newton")
  }

  /// As after a layer was frozen behind the optimizer's back.
  @Test func arraysOfAFrozenLayerAreItsOwn() throws {
    let config = Self.model(
      [Self.layer("Dense", "a", #","trainable":false"#), Self.layer("Dense", "b")]
        .joined(separator: ","),
      compiled: #"{"optimizer":{"class_name":"Lion","config":{"name":"lion"}}}"#)
    let a = [Self.shape(2, 3), Self.shape(3)]
    let b = [Self.shape(3, 4), Self.shape(4)]
    var root = Self.root(["dense": Self.vars(a[0], a[1]), "dense_1": Self.vars(b[0], b[1])])
    root.groups["optimizer"] = Self.vars(.scalar, a[0], a[1], b[0], b[1])
    let snapshot = try KerasArchive.reading(config: config, metadata: nil, weights: [root]).snapshot
    let tied = ["a/kernel", "a/bias", "b/kernel", "b/bias"].map { "optimizer/m/" + $0 }
    #expect(snapshot.paths(of: .optimizer) == ["optimizer/iteration"] + tied)
  }
}
