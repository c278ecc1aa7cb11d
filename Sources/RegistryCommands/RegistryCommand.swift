public import ArgumentParser
import Glibc
import StrictJSON

/// `registry`, the root of all commands.
public struct RegistryCommand: ParsableCommand {
  /// The version of this program.
  public static let version = "0.1.0"

  public static let configuration = CommandConfiguration(
    commandName: "registry",
    abstract: "Version control for TensorFlow and Keras models.",
    discussion: """
      EXAMPLE
        registry commit model.h5 -m "5 epochs" --metric val_loss=0.21
        registry log
        registry checkout v1 -o back.h5
        registry checkout v1 --as keras

      A version is meant by v3, mnist@v3, mnist@champion (an alias), latest, v3~1 (its parent), or
      the beginning of its id.

      \(ExitStatus.table)
      """,
    version: version, subcommands: commands)

  private static let commands: [any ParsableCommand.Type] = [
    Init.self, Commit.self, Log.self, Show.self, Checkout.self, Check.self, Cat.self, Models.self,
    Tag.self, Untag.self, Alias.self, Metric.self, Remove.self, Restore.self, Collect.self,
    Pack.self, Verify.self, Recover.self, DiskUsage.self, Config.self,
  ]

  public init() {}

  /// Runs what the arguments ask for, and leaves with the status that the help lists.
  public static func runAndExit(_ arguments: [String]) -> Never {
    // Writing to a pipe that nobody reads is an error like others, not a death.
    signal(SIGPIPE, SIG_IGN)
    // So is a file that grows beyond what the user may write.
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try directly(arguments) ?? parseAsRoot(arguments)
      do { try command.run() } catch let error
        where !(error is ExitCode) && exitCode(for: error) == .failure
      {
        // Help and mistakes in the arguments are the parser's to tell; all else is told here.
        let failure = Failure(error, subject: (command as? any SubjectCommand)?.subject)
        if (command as? any RegistrySubcommand)?.options.json == true {
          print(failure.json.prettyText)
        }
        Terminal.writeError("registry: \(failure.message)")
        if let hint = failure.hint { Terminal.writeError("  \(hint)") }
        leave(failure.status)
      }
      leave(.success)
    } catch {
      exit(withError: error)
    }
  }

  /// The command that the first argument names, when the others are as it wants them. The parser
  /// takes as long to look at all commands as a small commit does; and as long again to find out
  /// what one is called that does not say it.
  private static func directly(_ arguments: [String]) -> (any ParsableCommand)? {
    let named = commands.first {
      $0.configuration.commandName == arguments.first
    }
    // Help, and what is wrong with them, is told by the parser of all commands, which knows what to
    // call this one.
    guard let named, let command = try? named.parseAsRoot(Array(arguments.dropFirst())),
      type(of: command) == named
    else { return nil }
    return command
  }

  private static func leave(_ status: ExitStatus) -> Never {
    if fflush(nil) != 0, status == .success {
      let reason = String(cString: strerror(errno))
      Terminal.writeError("registry: the output could not be written: \(reason)")
      Glibc.exit(ExitStatus.systemFailure.rawValue)
    }
    Glibc.exit(status.rawValue)
  }
}

/// A command on a registry.
protocol RegistrySubcommand: ParsableCommand {
  var options: RegistryOptions { get }
}

/// A command about one file, which errors then name.
protocol SubjectCommand {
  var subject: String { get }
}
