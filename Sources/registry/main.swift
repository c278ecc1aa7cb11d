import IsolatedReaders
import RegistryCommands

// A reader of other people's files runs apart, in this program started again: nothing may happen
// in that process before it has given up its rights.
let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == ReaderWorker.argument { ReaderWorker.run() }
// A commit forks its readers instead, from a process that is forked before anything else happens:
// as long as there is one thread, and nothing in memory. Where that fails, it starts them.
let server = arguments.first == "commit" ? try? WorkerServer.fork() : nil
RegistryCommand.runAndExit(
  arguments, reader: server.map { IsolatedReader(server: $0) } ?? IsolatedReader())
