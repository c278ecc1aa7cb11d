/// What the shell sees. The numbers are stable; those from 64 on follow sysexits.h where it has
/// one.
enum ExitStatus: Int32, CaseIterable {
  case success = 0
  case damageFound = 1
  case couldNotCheck = 2
  case usage = 64
  case sourceRefused = 65
  case notFound = 66
  case noRegistry = 69
  case registryDamaged = 70
  case noSpace = 71
  case targetExists = 73
  case systemFailure = 74
  case tryAgain = 75
  case noPermission = 77
  case unknownFormat = 78

  /// A word for programs.
  var code: String {
    switch self {
    case .success: "success"
    case .damageFound: "damage-found"
    case .couldNotCheck: "could-not-check"
    case .usage: "usage"
    case .sourceRefused: "source-refused"
    case .notFound: "not-found"
    case .noRegistry: "no-registry"
    case .registryDamaged: "registry-damaged"
    case .noSpace: "no-space"
    case .targetExists: "target-exists"
    case .systemFailure: "system-failure"
    case .tryAgain: "try-again"
    case .noPermission: "no-permission"
    case .unknownFormat: "unknown-format"
    }
  }

  /// The meaning, as the help says it.
  var meaning: String {
    switch self {
    case .success: "done"
    case .damageFound: "verify: damage found"
    case .couldNotCheck: "verify: could not check"
    case .usage: "the command was not understood, or a name is none"
    case .sourceRefused:
      "the file is not a model, is damaged or unsafe, or cannot be had in that format"
    case .notFound: "no such file, model, version, alias or tag"
    case .noRegistry: "no registry here"
    case .registryDamaged: "the registry is damaged: see verify and recover"
    case .noSpace: "no space left on the disk"
    case .targetExists: "something is in the way, and stays"
    case .systemFailure: "the system failed: reading, writing, locking"
    case .tryAgain: "the file changed, or another process has the registry: try again"
    case .noPermission: "no permission"
    case .unknownFormat: "the registry is of a format that this program does not know"
    }
  }

  /// The table for the end of the root command's help.
  static var table: String {
    "EXIT STATUS\n"
      + allCases.map { status in
        let number = String(status.rawValue)
        return "  " + number + String(repeating: " ", count: 4 - number.count) + status.meaning
      }.joined(separator: "\n")
  }
}
