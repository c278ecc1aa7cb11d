import ArgumentParser
import Foundation
import Testing

@testable import RegistryCommands

/// Documentation/Commands.md is what the commands say of themselves.
///
/// `UPDATE_REFERENCE=1 swift test --filter CommandReferenceTests` writes it anew.
@Suite struct CommandReferenceTests {
  private let path = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Documentation/Commands.md")

  private var commands: [any ParsableCommand.Type] {
    [RegistryCommand.self] + RegistryCommand.configuration.subcommands
  }

  @Test func everyCommandSaysWhatItIsCalled() {
    for command in commands { #expect(command.configuration.commandName != nil, "\(command)") }
  }

  private var reference: String {
    let sections = commands.map { command in
      let isRoot = command == RegistryCommand.self
      let name = isRoot ? "registry" : "registry " + command._commandName
      let help = RegistryCommand.helpMessage(for: command, columns: 100)
      return "## \(name)\n\n```\n\(help)\n```\n"
    }
    return """
      # Commands

      Made from the commands' own help by `Tests/RegistryCommandsTests/CommandReferenceTests.swift`,
      which also checks that it is up to date.

      \(sections.joined(separator: "\n"))
      """
  }

  @Test func theReferenceIsTheHelp() throws {
    if ProcessInfo.processInfo.environment["UPDATE_REFERENCE"] != nil {
      try reference.write(to: path, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: path, encoding: .utf8) == reference)
  }

  @Test func everyCommandShowsAnExample() {
    for command in commands {
      #expect(
        RegistryCommand.helpMessage(for: command).contains("EXAMPLE\n"), "\(command)")
    }
  }
}
