public import ArgumentParser
import Catalog
import Files
import Glibc
public import ModelRegistry
import StrictJSON

/// What every command that works on a registry takes.
struct RegistryOptions: ParsableArguments {
  @Option(
    name: .customLong("registry"),
    help: ArgumentHelp(
      "The registry, or the folder that holds it.",
      discussion: "Without it: REGISTRY_PATH, else .registry in this folder or one above.",
      valueName: "dir"))
  var path: String?

  @Flag(help: "Print JSON for programs.")
  var json = false

  /// The folder that the user named.
  var named: String? {
    let variable = getenv("REGISTRY_PATH").map { String(cString: $0) }
    return path ?? (variable?.isEmpty == false ? variable : nil)
  }

  /// Opens the registry that is meant.
  func open() throws -> Registry {
    if let named { return try Registry(opening: named) }
    return try Registry.find(from: ".")
  }

  /// Opens the registry that is meant, or makes one: the first commit needs no `init`.
  func openOrCreate() throws -> (registry: Registry, isNew: Bool) {
    do { return (try open(), false) } catch RegistryError.noRegistry {
      return try create(in: ".")
    } catch RegistryError.noRegistryIn(let folder) {
      return try create(in: folder)
    }
  }

  private func create(in folder: String) throws -> (registry: Registry, isNew: Bool) {
    do { return (try Registry.create(in: folder), true) } catch RegistryError.alreadyARegistry {
      // Another process made it between the two.
      return (try open(), false)
    }
  }

  /// Prints one or the other, as the user asked.
  func show(_ json: @autoclosure () -> JSONValue, _ lines: @autoclosure () -> [String]) {
    if self.json { print(json().prettyText) } else { lines().forEach { print($0) } }
  }
}

/// `key=value` on the command line.
struct KeyValue: ExpressibleByArgument {
  let key: String
  let value: String

  init?(argument: String) {
    guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else {
      return nil
    }
    key = String(argument[..<equals])
    value = String(argument[argument.index(after: equals)...])
  }
}

extension [KeyValue] {
  /// The pairs; the last of those with one key counts.
  var dictionary: [String: String] { Dictionary(map { ($0.key, $0.value) }) { $1 } }
}

/// A reference on the command line.
struct ReferenceArgument: ExpressibleByArgument, CustomStringConvertible {
  let text: String

  /// As the help shows a default.
  var description: String { text }

  init?(argument: String) { text = argument }

  func parsed() throws -> Reference { try Reference(parsing: text) }
}

/// How many to show: 1 to a million.
struct Limit: ExpressibleByArgument, CustomStringConvertible {
  let count: Int

  init(count: Int) { self.count = count }

  init?(argument: String) {
    guard let count = Int(argument), (1...1_000_000).contains(count) else { return nil }
    self.count = count
  }

  /// As the help shows a default.
  var description: String { String(count) }
}

/// A span of time on the command line: `0`, `90s`, `30m`, `24h`, `7d`, `2w`.
struct TimeSpan: ExpressibleByArgument {
  let nanoseconds: Int64

  init?(argument: String) {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    let unit = argument.last.flatMap { units[$0] }
    let digits = unit == nil ? argument[...] : argument.dropLast()
    guard let number = Int64(digits), number >= 0, unit != nil || number == 0 else { return nil }
    let seconds = number.multipliedReportingOverflow(by: unit ?? 1)
    let span = seconds.partialValue.multipliedReportingOverflow(by: 1_000_000_000)
    guard !seconds.overflow, !span.overflow else { return nil }
    nanoseconds = span.partialValue
  }
}

extension Relation: ExpressibleByArgument {}

extension Codec: ExpressibleByArgument {}
