import ArgumentParser
import Foundation
import Testing

@testable import RegistryCommands

/// The program as the shell sees it.
@Suite struct ProcessTests {
  private struct Ended {
    var status: Int32
    var output: String
    var error: String
  }

  private func run(_ arguments: [String]) throws -> Ended {
    let process = Process()
    // Built beside these tests.
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: "registry")
    process.arguments = arguments
    process.environment = ["REGISTRY_PATH": "/nonexistent", "COLUMNS": "100"]
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

  @Test func everyCommandShowsItsHelpAndLeavesWithSuccess() throws {
    for command in RegistryCommand.configuration.subcommands {
      let ended = try run([command._commandName, "--help"])
      #expect(ended.status == 0)
      #expect(ended.output.hasPrefix("OVERVIEW: "), "\(ended)")
      #expect(ended.output.contains("USAGE: registry \(command._commandName)"), "\(ended)")
      #expect(ended.error.isEmpty)
    }
  }

  @Test func aMistakeInTheArgumentsIsAMistakeOfUsage() throws {
    for arguments in [
      ["frobnicate"], ["commit"], ["log", "--limit", "0"], ["gc", "--grace", "x"],
    ] {
      let ended = try run(arguments)
      #expect(ended.status == ExitStatus.usage.rawValue, "\(arguments)")
      #expect(ended.output.isEmpty)
    }
  }

  @Test func withoutARegistryCommandsSaySo() throws {
    let ended = try run(["log"])
    #expect(ended.status == ExitStatus.noRegistry.rawValue)
    #expect(ended.error.contains("registry init"))
  }

  @Test func theVersionIsPrinted() throws {
    #expect(try run(["--version"]).output == RegistryCommand.version + "\n")
  }
}
