import Foundation
import StrictJSON
import Testing

@testable import RegistryCommands

/// Several sources in one commit, as the shell sees it.
@Suite final class CommitSeriesTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "series-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private struct Ended {
    var status: Int32
    var output: String
    var error: String

    func json() throws -> JSONValue { try JSONValue(parsing: Array(output.utf8)) }
  }

  private func run(_ arguments: String...) throws -> Ended { try run(arguments) }

  private func run(_ arguments: [String]) throws -> Ended {
    let process = Process()
    // Built beside these tests.
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: "registry")
    process.arguments = arguments
    process.environment = ["REGISTRY_PATH": folder.path]
    let (output, error) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = error
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    let errorText = try error.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Ended(
      status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
      error: String(decoding: errorText, as: UTF8.self))
  }

  /// Files that h5py wrote, in the layout of Keras 3's weights.
  private static let names = ["latest.h5", "userblock-512.h5", "userblock-4096.h5"]

  private static func fixture(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "HDF5FormatTests/Fixtures/\(name)").path
  }

  private let models = names.map(fixture)

  private func versions() throws -> [JSONValue] {
    let log = try run("log", "--json").json()
    return log.array ?? log["versions"]?.array ?? []
  }

  @Test func eachIsAVersionAndTheParentOfTheNext() throws {
    let reports = try #require(
      try run(["commit", "--model", "m", "--json"] + models).json().array)
    #expect(reports.map { $0["version"]?.integer } == [1, 2, 3])
    let parents = reports.map { $0["parents"]?.array?.compactMap(\.string) }
    #expect(parents == [[], ["m@v1"], ["m@v2"]])
  }

  @Test func whatIsReadAheadIsWhatIsReadAlone() throws {
    let together = try run(["commit", "--model", "m", "--json"] + models).json().array ?? []
    for (place, model) in models.enumerated() {
      let alone = try run("commit", "--model", "n", "--json", model).json()
      for member in ["weights_id", "tensors", "bytes", "format", "findings"] {
        #expect(alone[member] == together[place][member])
      }
    }
    for (place, model) in models.enumerated() {
      let back = folder.appending(path: "back-\(place)").path
      #expect(try run("checkout", "m@v\(place + 1)", "-o", back).status == 0)
      #expect(FileManager.default.contentsEqual(atPath: back, andPath: model))
    }
  }

  @Test func eachIsToldOfInItsOrder() throws {
    let ended = try run(["commit", "--model", "m"] + models)
    let places = try ["m@v1  ", "m@v2  ", "m@v3  "].map {
      try #require(ended.output.range(of: $0)).lowerBound
    }
    #expect(places == places.sorted())
  }

  @Test func theFirstThatIsNoneEndsTheSeries() throws {
    let text = folder.appending(path: "notes.txt").path
    try "no model".write(toFile: text, atomically: false, encoding: .utf8)
    let ended = try run("commit", "--model", "m", models[0], text, models[1])
    #expect(ended.status == ExitStatus.sourceRefused.rawValue)
    #expect(ended.output.contains("m@v1"))
    #expect(ended.error.contains("notes.txt"))
    #expect(ended.error.contains("1 of 3 were committed before it, the last as m@v1."))
    #expect(try versions().count == 1)
    // What was stored is as sound as ever, and the series goes on.
    #expect(try run("verify", "--full").status == 0)
    #expect(try run("commit", "--model", "m", models[1], models[2]).status == 0)
    #expect(try versions().count == 3)
  }

  /// Through the server that the command forks.
  @Test func whatCrashesItsReaderIsAnErrorAboutThatFile() throws {
    let crash = Self.fixture("crash/h5crash-SIGSEGV-1-172.h5")
    let ended = try run("commit", "--model", "m", "--json", models[0], crash, models[1])
    #expect(ended.status == ExitStatus.sourceRefused.rawValue)
    let message = try ended.json()["error"]?["message"]?.string ?? ""
    #expect(message.contains("h5crash-SIGSEGV-1-172.h5"))
    #expect(try versions().count == 1)
  }

  @Test func nothingIsStoredWhenOneIsNotThere() throws {
    let ended = try run("commit", "--model", "m", models[0], "/nowhere/model.h5")
    #expect(ended.status == ExitStatus.notFound.rawValue)
    #expect(ended.output.isEmpty)
  }

  @Test func theNamedParentIsTheFirstOnes() throws {
    _ = try run("commit", "--model", "m", models[0], models[1])
    let reports =
      try run(
        "commit", "--model", "m", "--json", "--allow-unchanged", "--parent", "v1", "--relation",
        "finetuned", models[2], models[0]
      ).json().array ?? []
    #expect(reports.map { $0["parents"]?.array?.compactMap(\.string) } == [["m@v1"], ["m@v3"]])
  }

  @Test(arguments: [["--alias", "best"], ["--metric", "loss=1"]])
  func whatIsForOneVersionIsRefused(_ option: [String]) throws {
    let ended = try run(["commit"] + option + models)
    #expect(ended.status == ExitStatus.usage.rawValue)
    #expect(try run(["commit", "--model", "m"] + option + [models[0]]).status == 0)
  }

  @Test func oneThatIsUnchangedAddsNothing() throws {
    let reports =
      try run("commit", "--model", "m", "--json", models[0], models[0], models[1])
      .json().array ?? []
    #expect(reports.map { $0["unchanged"] } == [.bool(false), .bool(true), .bool(false)])
    #expect(reports.map { $0["version"]?.integer } == [1, 1, 2])
  }
}
